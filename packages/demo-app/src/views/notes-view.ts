import { h, setHidden, setText } from '../dom/element.ts'
import { field } from '../dom/field.ts'
import { createKeyedList } from '../dom/keyed-list.ts'
import { formatDayAndTime } from '../format/clock-time.ts'
import { describeFailure } from '../format/failure.ts'
import type { Model } from '../model.ts'
import { MAX_NOTE_LENGTH, type Note } from '../ward/notes.ts'
import type { Patient } from '../ward/patient.ts'

export interface NotesView {
  element: HTMLElement
  load(): void
}

/** What was written about a patient, and a form to write more. A text that could not be saved stays where it is. */
export function createNotesView({ notes, tokens }: Model, patient: Patient): NotesView {
  const text = h('textarea', { class: 'control', rows: 3, maxlength: MAX_NOTE_LENGTH, required: true })
  const save = h('button', { type: 'submit', class: 'button button-primary' }, 'Save note')
  const outcome = h('p', { class: 'form-outcome', role: 'status' })
  const form = h(
    'form',
    { class: 'form' },
    field(`New note about ${patient.name}`, text),
    h('div', { class: 'form-end' }, save, outcome),
  )
  const readOnly = h('p', { class: 'hint' }, 'You may read notes, but not write them.')
  const list = h('ul', { class: 'notes' })
  const empty = h('p', { class: 'hint' }, 'Loading…')
  const show = createKeyedList<Note>({ parent: list, key: (note) => note.id, create: createNoteRow })
  let known: Note[] = []
  let busy = false

  function take(loaded: Note[]): void {
    known = loaded
    show(known.toReversed())
    setText(empty, 'No notes yet.')
    setHidden(empty, known.length > 0)
  }

  async function load(): Promise<void> {
    const mayWrite = isClinician(tokens.getSnapshot().claims)
    setHidden(form, !mayWrite)
    setHidden(readOnly, mayWrite)
    try {
      take(await notes.list(patient.id))
    } catch (error) {
      if (known.length === 0) setText(empty, `The notes could not be loaded. ${describeFailure(error)}`)
    }
  }

  async function send(): Promise<void> {
    setBusy(true)
    setText(outcome, '')
    try {
      const note = await notes.save(patient.id, text.value)
      text.value = ''
      take([...known.filter(({ id }) => id !== note.id), note])
      setText(outcome, 'Saved.')
    } catch (error) {
      setText(outcome, `Not saved, your text is still here. ${describeFailure(error)}`)
    }
    setBusy(false)
  }

  function setBusy(now: boolean): void {
    busy = now
    text.readOnly = now
    setText(save, now ? 'Saving…' : 'Save note')
    save.setAttribute('aria-disabled', String(now))
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (text.value.trim() === '') setText(outcome, 'There is nothing to save yet.')
    else if (!busy) void send()
  })
  text.addEventListener('input', () => setText(outcome, ''))

  return {
    element: h(
      'div',
      { class: 'notes-panel' },
      h('div', {}, form, readOnly),
      h('div', {}, h('h2', { class: 'notes-title' }, 'Notes'), empty, list),
    ),
    load: () => void load(),
  }
}

function createNoteRow({ author, text, createdAt }: Note) {
  const when = h('time', { datetime: new Date(createdAt).toISOString() }, formatDayAndTime(createdAt))
  return {
    element: h('li', {}, h('p', { class: 'note-text' }, text), h('p', { class: 'hint' }, `${author}, `, when)),
    render() {},
  }
}

/** As the server has it: it lets nobody else write. */
function isClinician(claims: Readonly<Record<string, unknown>> | undefined): boolean {
  return Array.isArray(claims?.roles) && claims.roles.includes('clinician')
}
