import { h, setHidden } from '../dom/element.ts'
import { button } from '../dom/field.ts'
import type { View } from '../dom/renderer.ts'
import type { Model } from '../model.ts'
import { createOtherUserView } from './other-user-view.ts'
import { createSignInView } from './sign-in-view.ts'
import { createWardView } from './ward-view.ts'

export interface MainView extends View {
  /** Where whoever works with the keyboard goes on: at the form, or at the top of what is shown. */
  focus(): void
}

/** The ward for those who are signed in, the way in for all others. */
export function createMainView(model: Model): MainView {
  const { tokens } = model
  const ward = createWardView(model)
  const signIn = createSignInView(model)
  const otherUser = createOtherUserView(model)
  const impatient = button('Sign in instead')
  const waiting = h(
    'section',
    { class: 'card waiting' },
    h('p', {}, 'One moment: looking for your session.'),
    impatient,
  )
  const element = h(
    'main',
    { id: 'main', class: 'main', tabindex: '-1' },
    waiting,
    otherUser.element,
    signIn.element,
    ward.element,
  )
  let skipsWaiting = false
  impatient.addEventListener('click', () => {
    skipsWaiting = true
    render()
    focus()
  })

  function render(): void {
    const { status } = tokens.getSnapshot()
    const signedIn = tokens.isAuthenticated()
    const unsure = !signedIn && (status === 'starting' || status === 'degraded')
    if (!unsure) skipsWaiting = false
    const waits = unsure && !skipsWaiting
    const asksWho = status === 'identity-changed'
    setHidden(ward.element, !signedIn)
    setHidden(waiting, !waits)
    setHidden(impatient, status === 'starting')
    setHidden(otherUser.element, !asksWho)
    setHidden(signIn.element, signedIn || waits || asksWho)
    for (const view of [ward, otherUser, signIn]) view.render()
  }

  function focus(): void {
    const [field] = signIn.element.hidden ? [] : signIn.element.getElementsByTagName('input')
    const target = field ?? element
    target.focus()
  }

  return { element, render, focus }
}
