import { h } from '../dom/element.ts'
import type { View } from '../dom/renderer.ts'
import type { Model } from '../model.ts'
import { describeSession } from '../session/describe-session.ts'
import { createCountdown } from './countdown.ts'
import { createFactGroups } from './fact-groups.ts'

/** The session as the SDK sees it: state, countdowns, figures. */
export function createSessionView({ tokens, flavour }: Model): View {
  const refresh = createCountdown('Refresh in')
  const expiry = createCountdown('Token expires in')
  const facts = createFactGroups()

  return {
    element: h(
      'section',
      { class: 'card session', 'aria-label': 'Session' },
      h('div', { class: 'countdowns' }, refresh.element, expiry.element),
      facts.element,
    ),
    render() {
      const snapshot = tokens.getSnapshot()
      refresh.render(snapshot.nextRefreshAt, snapshot.generation)
      expiry.render(snapshot.accessExpiresAt, snapshot.generation)
      const [metrics, diagnostics] = [tokens.getMetrics(), tokens.getDiagnostics()]
      facts.render(describeSession({ snapshot, metrics, diagnostics, flavour }))
    },
  }
}
