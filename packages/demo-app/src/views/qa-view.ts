import { h, setAttribute, setText } from '../dom/element.ts'
import type { View } from '../dom/renderer.ts'
import type { Model } from '../model.ts'
import { describeConditions } from '../qa/describe-conditions.ts'
import { createFaultControl } from './qa/fault-control.ts'
import { createLifetimeControl } from './qa/lifetime-control.ts'
import { createLoadControl } from './qa/load-control.ts'
import { createNetworkControl } from './qa/network-control.ts'

/** From here on the bar has room beside the ward, and starts open. */
const ROOMY = '(min-width: 48rem)'

/** What testers may do to this tab and to the server. A further control is a further member of the list. */
export function createQaView(model: Model): View {
  const { network, server } = model
  const controls = [createFaultControl, createNetworkControl, createLifetimeControl, createLoadControl].map((create) =>
    create(model),
  )
  const conditions = h('span', { class: 'qa-conditions' })

  return {
    element: h(
      'details',
      { class: 'qa', open: matchMedia(ROOMY).matches },
      h('summary', {}, h('span', { class: 'qa-title' }, 'QA bar'), conditions),
      h('div', { class: 'qa-controls' }, ...controls.map((control) => control.element)),
    ),
    render() {
      setText(conditions, describeConditions(network.condition(), server.get()))
      const simulates = network.condition() !== 'fast' || server.get()?.pending.length
      setAttribute(conditions, 'data-active', simulates ? 'true' : undefined)
      for (const control of controls) control.render()
    },
  }
}
