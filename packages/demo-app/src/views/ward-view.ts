import { h, setAttribute, setText } from '../dom/element.ts'
import { createKeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/renderer.ts'
import { formatTime } from '../format/clock-time.ts'
import { formatAge } from '../format/duration.ts'
import type { Model } from '../model.ts'
import { VITAL_SIGNS, type VitalSign } from '../ward/vital-sign.ts'
import type { WardState } from '../ward/ward.ts'
import { createPatientRow } from './patient-row.ts'

/** Values that are older than this are marked as old. */
const STALE_MS = 5_000

/** Everybody on the ward, with vital signs that change. */
export function createWardView(model: Model): View {
  const freshness = h('p', { class: 'freshness' })
  const head = h(
    'thead',
    { role: 'rowgroup' },
    h('tr', { role: 'row' }, column('Bed'), column('Patient'), ...VITAL_SIGNS.map(signColumn), column('Notes')),
  )
  const table = h('table', { class: 'ward', role: 'table', 'aria-labelledby': 'ward-title' }, head)
  const renderRows = createKeyedList({
    parent: table,
    after: head,
    key: (patient) => patient.id,
    create: () => createPatientRow(model),
  })

  return {
    element: h(
      'section',
      { class: 'card', hidden: true },
      h('div', { class: 'card-head' }, h('h1', { id: 'ward-title' }, 'Patients'), freshness),
      table,
    ),
    render() {
      const state = model.ward.get()
      renderRows(state.patients ?? [])
      setText(freshness, freshnessText(state))
      setAttribute(freshness, 'data-tone', isOld(state) ? 'warning' : 'neutral')
      setAttribute(table, 'data-old', isOld(state) ? 'true' : undefined)
    },
  }
}

function column(...content: readonly (Node | string)[]): HTMLElement {
  return h('th', { scope: 'col', role: 'columnheader' }, ...content)
}

function signColumn({ label, unit }: VitalSign): HTMLElement {
  return column(label, ' ', h('span', { class: 'column-unit' }, unit))
}

function isOld({ updatedAt, problem }: WardState): boolean {
  return updatedAt === undefined ? problem !== undefined : Date.now() - updatedAt > STALE_MS
}

function freshnessText(state: WardState): string {
  const { updatedAt, problem } = state
  if (updatedAt === undefined) return problem ?? 'Loading…'
  if (!isOld(state)) return `As of ${formatTime(updatedAt)}`
  return `Last values of ${formatTime(updatedAt)}, ${formatAge(Date.now() - updatedAt)}`
}
