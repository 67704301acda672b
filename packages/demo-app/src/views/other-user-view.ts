import { h, setText } from '../dom/element.ts'
import { button } from '../dom/field.ts'
import type { View } from '../dom/renderer.ts'
import type { Model } from '../model.ts'

const textOf = (subject: string) => ({
  title: 'Another user is signed in',
  who: `Another tab was used to sign in as ${subject}.`,
  proceed: `Continue as ${subject}`,
})

const GONE: ReturnType<typeof textOf> = {
  title: 'Another user was signed in',
  who: 'Another tab was used to sign in as somebody else, who has signed out again.',
  proceed: 'Go to the sign-in',
}

/** What a page shows that was somebody else's: no patient, and two ways on. */
export function createOtherUserView({ tokens }: Model): View {
  const title = h('h1', { id: 'other-user-title' })
  const who = h('p')
  const reload = button('Reload')
  const proceed = button('Continue')
  reload.addEventListener('click', () => location.reload())
  proceed.addEventListener('click', () => tokens.acknowledgeIdentity())

  return {
    element: h(
      'section',
      { class: 'card other-user', 'aria-labelledby': 'other-user-title', hidden: true },
      title,
      who,
      h('div', { class: 'form-end' }, reload, proceed),
    ),
    render() {
      const { otherSubject } = tokens.getSnapshot()
      const text = otherSubject === undefined ? GONE : textOf(otherSubject)
      setText(title, text.title)
      setText(who, `${text.who} This page was another user’s before that: it shows and sends nothing until you choose.`)
      setText(proceed, text.proceed)
    },
  }
}
