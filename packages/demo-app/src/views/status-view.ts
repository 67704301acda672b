import { h, setAttribute, setText } from '../dom/element.ts'
import type { View } from '../dom/renderer.ts'
import { formatCountdown } from '../format/duration.ts'
import type { Model } from '../model.ts'
import { describeStatus } from '../session/describe-status.ts'

/** A line that is always there, so that little moves when there is something to say. */
export function createStatusView({ tokens }: Model): View {
  const message = h('span', { role: 'status' })
  // Not read out each second.
  const retry = h('span', { class: 'status-retry', 'aria-hidden': 'true' })
  const element = h('p', { class: 'status' }, message, ' ', retry)

  return {
    element,
    render() {
      const { status, refreshing, nextRefreshAt } = tokens.getSnapshot()
      const text = describeStatus(tokens.getSnapshot(), Date.now())
      setText(message, text.message)
      setText(retry, status === 'degraded' ? retryText(refreshing, nextRefreshAt) : '')
      setAttribute(element, 'data-tone', text.tone)
    },
  }
}

function retryText(refreshing: boolean, nextRefreshAt: number | undefined): string {
  if (nextRefreshAt === undefined && !refreshing) return ''
  const restMs = refreshing ? 0 : (nextRefreshAt ?? 0) - Date.now()
  return restMs <= 0 ? 'Trying again now.' : `Trying again in ${formatCountdown(restMs)}.`
}
