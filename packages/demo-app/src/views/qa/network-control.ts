import { h } from '../../dom/element.ts'
import type { View } from '../../dom/renderer.ts'
import type { Model } from '../../model.ts'
import { CONDITIONS, type NetworkCondition } from '../../network/network.ts'
import { group } from './group.ts'

const EXPLANATIONS: Readonly<Record<NetworkCondition, string>> = {
  fast: 'This tab uses the real network',
  'slow-3g': 'This tab is on slow 3G: 400 kbit/s, 2 s round trip',
  offline: 'This tab is offline',
}

/** How good the network of this tab's calls is. */
export function createNetworkControl({ network, feed }: Model): View {
  const choices = Object.entries(CONDITIONS).map(([value, label]) => {
    const input = h('input', { type: 'radio', name: 'network', value })
    return { input, element: h('label', { class: 'segment' }, input, h('span', {}, label)) }
  })

  function choose(condition: NetworkCondition): void {
    feed.addQa({ type: 'network', text: EXPLANATIONS[condition] })
    network.set(condition)
  }
  const element = group(
    'Network of this tab',
    h('div', { class: 'segments' }, ...choices.map((choice) => choice.element)),
  )
  element.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && isCondition(target.value)) choose(target.value)
  })

  return {
    element,
    render() {
      for (const { input } of choices) input.checked = input.value === network.condition()
    },
  }
}

function isCondition(value: string): value is NetworkCondition {
  return value in CONDITIONS
}
