import { h } from '../dom/element.ts'
import type { View } from '../dom/renderer.ts'
import type { Model } from '../model.ts'
import { describeSession } from '../session/describe-session.ts'
import { createCountdown } from './countdown.ts'
import { createFactGroups } from './fact-groups.ts'

/** The session as the SDK sees it: state, countdowns, figures. */
export function createSessionView({ tokens, flavour }: Model): View {
  const refresh = createCountdown('Next refresh')
  const expiry = createCountdown('Token expires')
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
      const { generation, refreshing, nextRefreshAt, accessExpiresAt } = snapshot
      refresh.render({ at: nextRefreshAt, generation, due: refreshing ? 'refreshing…' : 'now' })
      expiry.render({ at: accessExpiresAt, generation, due: 'expired' })
      const [metrics, diagnostics] = [tokens.getMetrics(), tokens.getDiagnostics()]
      facts.render(describeSession({ snapshot, metrics, diagnostics, flavour }))
    },
  }
}
