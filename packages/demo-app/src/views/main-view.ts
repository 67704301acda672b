import { h, setHidden } from '../dom/element.ts'
import { button } from '../dom/field.ts'
import type { View } from '../dom/renderer.ts'
import type { Model } from '../model.ts'
import { createSignInView } from './sign-in-view.ts'
import { createWardView } from './ward-view.ts'

/** The ward for those who are signed in, the way in for all others. */
export function createMainView(model: Model): View {
  const { tokens } = model
  const ward = createWardView(model)
  const signIn = createSignInView(model)
  const impatient = button('Sign in instead')
  const waiting = h(
    'section',
    { class: 'card waiting' },
    h('p', {}, 'One moment: looking for your session.'),
    impatient,
  )
  let skipsWaiting = false
  impatient.addEventListener('click', () => {
    skipsWaiting = true
    render()
    signIn.element.querySelector('input')?.focus()
  })

  function render(): void {
    const { status } = tokens.getSnapshot()
    const signedIn = tokens.isAuthenticated()
    const unsure = !signedIn && (status === 'starting' || status === 'degraded')
    if (!unsure) skipsWaiting = false
    const waits = unsure && !skipsWaiting
    setHidden(ward.element, !signedIn)
    setHidden(waiting, !waits)
    setHidden(impatient, status === 'starting')
    setHidden(signIn.element, signedIn || waits || status === 'identity-changed')
    ward.render()
    signIn.render()
  }

  return {
    element: h('main', { id: 'main', class: 'main', tabindex: '-1' }, waiting, signIn.element, ward.element),
    render,
  }
}
