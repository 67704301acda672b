import { h, setText } from '../dom/element.ts'
import { button } from '../dom/field.ts'
import type { View } from '../dom/renderer.ts'
import type { Model } from '../model.ts'

/** What a page shows that was somebody else's: no patient, and two ways on. */
export function createOtherUserView({ tokens }: Model): View {
  const who = h('p')
  const reload = button('Reload')
  const proceed = button('Continue')
  reload.addEventListener('click', () => location.reload())
  proceed.addEventListener('click', () => tokens.acknowledgeIdentity())

  return {
    element: h(
      'section',
      { class: 'card other-user', 'aria-labelledby': 'other-user-title', hidden: true },
      h('h1', { id: 'other-user-title' }, 'Another user is signed in'),
      who,
      h('div', { class: 'form-end' }, reload, proceed),
    ),
    render() {
      const { otherSubject = 'the other user' } = tokens.getSnapshot()
      setText(
        who,
        `Another tab was used to sign in as ${otherSubject}. This page belonged to somebody else until now: it shows and sends nothing until you choose.`,
      )
      setText(proceed, `Continue as ${otherSubject}`)
    },
  }
}
