import { h, setAttribute, setHidden, setText } from '../dom/element.ts'
import { button } from '../dom/field.ts'
import type { View } from '../dom/renderer.ts'
import { formatCountdown } from '../format/duration.ts'
import type { Model } from '../model.ts'
import { describeStatus } from '../session/describe-status.ts'

/** A line that is always there, so that nothing moves when there is something to say. */
export function createStatusView({ tokens }: Model): View {
  const message = h('span', { role: 'status' })
  // Not read out each second.
  const retry = h('span', { class: 'status-retry', 'aria-hidden': 'true' })
  const reload = button('Reload')
  const proceed = button('Continue as the other user')
  reload.addEventListener('click', () => location.reload())
  proceed.addEventListener('click', () => tokens.acknowledgeIdentity())
  const element = h('div', { class: 'status' }, h('p', { class: 'status-text' }, message, ' ', retry), reload, proceed)

  return {
    element,
    render() {
      const { status, refreshing, nextRefreshAt } = tokens.getSnapshot()
      const text = describeStatus(tokens.getSnapshot())
      const foreign = status === 'identity-changed'
      setText(message, text.message)
      setText(retry, status === 'degraded' ? retryText(refreshing, nextRefreshAt) : '')
      setAttribute(element, 'data-tone', text.tone)
      setHidden(reload, !foreign)
      setHidden(proceed, !foreign)
    },
  }
}

function retryText(refreshing: boolean, nextRefreshAt: number | undefined): string {
  if (refreshing) return 'Trying again now.'
  return nextRefreshAt === undefined ? '' : `Trying again in ${formatCountdown(nextRefreshAt - Date.now())}.`
}
