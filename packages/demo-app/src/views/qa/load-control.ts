import { h, setText } from '../../dom/element.ts'
import { button } from '../../dom/field.ts'
import type { View } from '../../dom/renderer.ts'
import type { Model } from '../../model.ts'
import { burst } from '../../qa/burst.ts'
import { describeBurst } from '../../qa/describe-burst.ts'
import { group } from './group.ts'

const COUNT = 50

/** Many requests at once. */
export function createLoadControl({ tokens, api, feed }: Model): View {
  const start = button(`Burst of ${COUNT}`)
  const outcome = h('output', { class: 'qa-output' }, 'No burst yet.')
  let running = false

  async function run(): Promise<void> {
    running = true
    setText(outcome, `${COUNT} requests are under way…`)
    feed.addQa({ type: 'burst', text: `${COUNT} requests at once` })
    const result = await burst({
      count: COUNT,
      request: () => api.get('ward/patients', { retry: 1 }).json(),
      refreshes: () => tokens.getMetrics().refreshesSucceeded,
      now: () => performance.now(),
    })
    running = false
    setText(outcome, describeBurst(result))
    feed.addQa({ type: 'burst', text: describeBurst(result), tone: result.failed === 0 ? 'good' : 'bad' })
  }
  start.addEventListener('click', () => {
    if (!running) void run()
  })

  return {
    element: group('Load', h('div', { class: 'qa-row' }, start, outcome)),
    render() {
      start.disabled = !tokens.isAuthenticated()
      start.setAttribute('aria-disabled', String(running))
    },
  }
}
