import { h, setHidden } from '../../dom/element.ts'
import { button, field, select } from '../../dom/field.ts'
import type { View } from '../../dom/renderer.ts'
import type { Model } from '../../model.ts'
import { report } from '../../qa/report.ts'
import { ENDPOINTS, FAULTS, isEndpoint, isFaultKind } from '../../qa/server-state.ts'
import { group } from './group.ts'

// The most telling fault first.
const KINDS = [503, 'reset-after', 'stall', 'html', 429] as const

/** What the server does wrong, for the next requests to one of its endpoints. */
export function createFaultControl({ server, feed }: Model): View {
  const endpoint = select(Object.entries(ENDPOINTS))
  const kind = select(KINDS.map((name) => [String(name), FAULTS[name]]))
  const times = numberInput({ min: 1, max: 1_000, value: 3 })
  const retryAfter = numberInput({ min: 0, max: 600, value: 5 })
  const retryAfterField = field('Retry after, s', retryAfter)
  const set = h('button', { type: 'submit', class: 'button button-plain' }, 'Set')
  const end = button('End all')
  const form = h(
    'form',
    { class: 'qa-row' },
    field('Requests to', endpoint),
    field('Fault', kind),
    field('Times', times),
    retryAfterField,
    set,
    end,
  )

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!isEndpoint(endpoint.value) || !isFaultKind(kind.value)) return
    const fault = {
      endpoint: endpoint.value,
      kind: kind.value,
      times: times.valueAsNumber,
      retryAfterS: retryAfter.valueAsNumber,
    }
    const count = fault.times === 1 ? 'once' : `${fault.times} times`
    const text = `${ENDPOINTS[fault.endpoint]}: ${FAULTS[fault.kind]}, ${count}`
    void report(feed, { type: 'fault', text }, server.setFault(fault))
  })
  end.addEventListener('click', () => {
    void report(feed, { type: 'fault', text: 'No server faults any more' }, server.endFaults())
  })

  return {
    element: group('Server fault', form),
    render() {
      const state = server.get()
      setHidden(retryAfterField, kind.value !== '429')
      set.disabled = state === undefined
      end.disabled = state === undefined || state.pending.length === 0
    },
  }
}

function numberInput(limits: { min: number; max: number; value: number }): HTMLInputElement {
  return h('input', { class: 'control control-number', type: 'number', required: true, ...limits })
}
