import { h, setAttribute, setHidden, setText } from '../dom/element.ts'
import { button } from '../dom/field.ts'
import { type IconName, icon } from '../dom/icon.ts'
import type { View } from '../dom/renderer.ts'
import type { Model } from '../model.ts'
import { describeStatus } from '../session/describe-status.ts'
import { THEMES, type ThemeName } from '../theme.ts'

const ICONS: readonly ThemeName[] = ['auto', 'light', 'dark'] satisfies readonly IconName[]

/** Always there: who this is, how the session is, and the way out. */
export function createHeaderView({ tokens, theme }: Model): View {
  const pill = h('span', { class: 'pill' })
  const themeButton = h('button', { type: 'button', class: 'button button-icon' }, ...ICONS.map(icon))
  const signOut = button('Sign out')
  themeButton.addEventListener('click', () => theme.toggle())
  signOut.addEventListener('click', () => void tokens.signOut())

  return {
    element: h(
      'div',
      { class: 'bar' },
      h('p', { class: 'brand' }, h('strong', {}, 'Ward 7'), h('span', { class: 'brand-note' }, 'TokenManager demo')),
      pill,
      themeButton,
      signOut,
    ),
    render() {
      const { label, tone } = describeStatus(tokens.getSnapshot(), Date.now())
      setText(pill, label)
      setAttribute(pill, 'data-tone', tone)
      setAttribute(themeButton, 'data-theme', theme.get())
      setAttribute(themeButton, 'aria-label', `Theme: ${THEMES[theme.get()]}`)
      setAttribute(themeButton, 'title', `Theme: ${THEMES[theme.get()]}`)
      setHidden(signOut, !tokens.isAuthenticated())
    },
  }
}
