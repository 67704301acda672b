import { observable } from './observable.ts'

export const THEMES = { auto: 'Automatic', light: 'Light', dark: 'Dark' } as const

export type ThemeName = keyof typeof THEMES

export interface Theme {
  get(): ThemeName
  /** Goes on to the next one and remembers it. */
  toggle(): void
  subscribe(listener: () => void): () => void
}

const KEY = 'demo-theme'
const NEXT: Readonly<Record<ThemeName, ThemeName>> = { auto: 'light', light: 'dark', dark: 'auto' }

/** Light or dark, as the system has it unless somebody chose. */
export function createTheme(): Theme {
  const theme = observable<ThemeName>(load())
  document.documentElement.dataset.theme = theme.get()

  return {
    get: theme.get,
    subscribe: theme.subscribe,
    toggle() {
      const next = NEXT[theme.get()]
      document.documentElement.dataset.theme = next
      save(next)
      theme.set(next)
    },
  }
}

function load(): ThemeName {
  try {
    const stored = localStorage.getItem(KEY)
    return stored === 'light' || stored === 'dark' ? stored : 'auto'
  } catch {
    return 'auto'
  }
}

function save(theme: ThemeName): void {
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // Where storage is blocked the choice lasts as long as the page.
  }
}
