import { h, setAttribute, setHidden, setText } from '../dom/element.ts'
import { button } from '../dom/field.ts'
import type { Row } from '../dom/keyed-list.ts'
import type { Model } from '../model.ts'
import type { Patient, Vitals } from '../ward/patient.ts'
import { deviationOf } from '../ward/vital-range.ts'
import { VITAL_SIGNS, type VitalSign } from '../ward/vital-sign.ts'
import { createNotesView, type NotesView } from './notes-view.ts'

/** One patient, and below it, once it was opened, what was written about them. */
export function createPatientRow(model: Model): Row<Patient> {
  const bed = h('td', { class: 'bed', role: 'cell' })
  const name = h('span', { class: 'patient-name' })
  const about = h('span', { class: 'patient-about' })
  const signs = VITAL_SIGNS.map(createSign)
  const toggle = button('Notes')
  const details = h('td', { class: 'details', role: 'cell', colspan: 8 })
  const detailsRow = h('tr', { role: 'row', class: 'details-row', hidden: true }, details)
  const element = h(
    'tbody',
    { role: 'rowgroup', class: 'patient' },
    h(
      'tr',
      { role: 'row' },
      bed,
      h('th', { scope: 'row', role: 'rowheader' }, name, about),
      ...signs.map((sign) => sign.element),
      h('td', { class: 'patient-actions', role: 'cell' }, toggle),
    ),
    detailsRow,
  )
  let notes: NotesView | undefined
  let shown: Patient | undefined

  toggle.addEventListener('click', () => {
    if (!shown) return
    if (!notes) {
      notes = createNotesView(model, shown)
      details.append(notes.element)
    }
    setHidden(detailsRow, !detailsRow.hidden)
    setAttribute(toggle, 'aria-expanded', String(!detailsRow.hidden))
    if (!detailsRow.hidden) notes.load()
  })
  toggle.setAttribute('aria-expanded', 'false')

  return {
    element,
    render(patient) {
      shown = patient
      setText(bed, patient.bed)
      setText(name, patient.name)
      setText(about, `${patient.age} · ${patient.condition}`)
      setAttribute(toggle, 'aria-label', `Notes about ${patient.name}`)
      for (const sign of signs) sign.render(patient.vitals)
    },
  }
}

function createSign({ name, abbreviation, unit, text }: VitalSign): Row<Vitals> {
  const value = h('span', { class: 'sign-value' })
  const hint = h('span', { class: 'sign-hint' })
  const element = h(
    'td',
    { class: 'sign', role: 'cell' },
    // Where there is no room for the columns' heads.
    h('span', { class: 'sign-label', 'aria-hidden': 'true' }, `${abbreviation} ${unit}`),
    value,
    hint,
  )
  return {
    element,
    render(vitals) {
      const deviation = deviationOf(name, vitals[name])
      setText(value, text(vitals))
      setText(hint, deviation ?? '')
      setAttribute(element, 'data-deviation', deviation)
    },
  }
}
