import { h } from '../dom/element.ts'
import type { View } from '../dom/renderer.ts'

export interface Regions {
  header: View
  status: View
  qa: View
  main: View
  session: View
  events: View
}

/** Where everything stands. */
export function createFrame({ header, status, qa, main, session, events }: Regions): HTMLElement[] {
  return [
    h('a', { class: 'skip-link', href: '#main' }, 'Skip to the ward'),
    h('header', { class: 'top' }, header.element, status.element),
    h(
      'div',
      { class: 'page' },
      qa.element,
      main.element,
      h('aside', { class: 'side', 'aria-label': 'Session and events' }, session.element, events.element),
    ),
  ]
}
