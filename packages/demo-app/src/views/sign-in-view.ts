import { h, setHidden, setText } from '../dom/element.ts'
import { field } from '../dom/field.ts'
import type { View } from '../dom/renderer.ts'
import type { Model } from '../model.ts'
import { DEMO_USERS } from '../session/demo-users.ts'
import { signIn } from '../session/sign-in.ts'
import { addressFor, FLAVOURS, type TransportFlavour } from '../session/transport-flavour.ts'

/** The sign-in form, with the demo's users at hand. */
export function createSignInView({ tokens, flavour, network }: Model): View {
  const username = h('input', {
    class: 'control',
    name: 'username',
    autocomplete: 'username',
    required: true,
    autocapitalize: 'none',
    spellcheck: 'false',
  })
  const password = h('input', {
    class: 'control',
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  })
  const submit = h('button', { type: 'submit', class: 'button button-primary' }, 'Sign in')
  const problem = h('p', { class: 'form-problem', role: 'alert', hidden: true })
  const form = h('form', { class: 'form' }, field('User name', username), field('Password', password), problem, submit)
  let busy = false

  async function send(): Promise<void> {
    busy = true
    render()
    const credentials = { username: username.value, password: password.value }
    const failure = await signIn(credentials, { tokens, flavour, fetch: network.fetch })
    busy = false
    setText(problem, failure ?? '')
    setHidden(problem, failure === undefined)
    if (failure === undefined) form.reset()
    render()
  }

  // The browser says by itself what is missing, and what the last attempt met is of no interest any more.
  form.addEventListener('invalid', () => setHidden(problem, true), true)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!busy) void send()
  })

  function render(): void {
    setText(submit, busy ? 'Signing in…' : 'Sign in')
    submit.setAttribute('aria-disabled', String(busy))
  }

  const users = DEMO_USERS.map((user) => {
    const choose = h(
      'button',
      { type: 'button', class: 'user' },
      h('span', { class: 'user-name' }, user.name),
      h('span', { class: 'user-hint' }, `${user.username} / ${user.password} · ${user.role}`),
    )
    choose.addEventListener('click', () => {
      username.value = user.username
      password.value = user.password
      submit.focus()
    })
    return h('li', {}, choose)
  })

  return {
    element: h(
      'section',
      { class: 'card sign-in', 'aria-labelledby': 'sign-in-title', hidden: true },
      h('div', { class: 'sign-in-form' }, h('h1', { id: 'sign-in-title' }, 'Sign in'), form),
      h(
        'div',
        { class: 'sign-in-hints' },
        h('h2', {}, 'Demo users'),
        h('ul', { class: 'users' }, ...users),
        h('h2', {}, 'Refresh token in'),
        flavourLinks(flavour),
      ),
    ),
    render,
  }
}

function flavourLinks(current: TransportFlavour): HTMLElement {
  const link = (flavour: TransportFlavour) =>
    h(
      'a',
      { href: addressFor(flavour, location.href), 'aria-current': flavour === current ? 'true' : undefined },
      FLAVOURS[flavour],
    )
  return h('nav', { class: 'segments', 'aria-label': 'Refresh token in' }, link('json'), link('cookie'))
}
