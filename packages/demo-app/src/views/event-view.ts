import { h, setAttribute, setText } from '../dom/element.ts'
import { createKeyedList, type Row } from '../dom/keyed-list.ts'
import type { View } from '../dom/renderer.ts'
import type { Entry } from '../events/entry.ts'
import { GROUPS, passes, SESSION_EVENT_TYPES } from '../events/filter.ts'
import { formatTime } from '../format/clock-time.ts'
import { formatAge } from '../format/duration.ts'
import type { Model } from '../model.ts'

/** What happens, newest first. */
export function createEventView({ feed }: Model): View {
  const filter = h(
    'select',
    { class: 'control control-small', 'aria-label': 'Show events' },
    h('option', { value: '' }, 'All events'),
    ...Object.entries(GROUPS).map(([value, label]) => h('option', { value }, label)),
    h('optgroup', { label: 'One type' }, ...SESSION_EVENT_TYPES.map((type) => h('option', { value: type }, type))),
  )
  const list = h('ol', { class: 'events' })
  const note = h('p', { class: 'hint events-note' })
  const show = createKeyedList<Entry>({ parent: list, key: ({ id }) => id, create: createEventRow })

  function render(): void {
    const { entries, dropped } = feed.get()
    const shown = entries.filter((entry) => passes(entry, filter.value))
    show(shown)
    setText(note, noteText(shown.length, entries.length, dropped))
  }
  filter.addEventListener('change', () => {
    render()
    scroller.scrollTop = 0
  })

  // Focusable, so that the keyboard can scroll it.
  const scroller = h(
    'div',
    { class: 'events-scroller', role: 'region', 'aria-label': 'Events', tabindex: 0 },
    list,
    note,
  )
  return {
    element: h(
      'section',
      { class: 'card events-card', 'aria-labelledby': 'events-title' },
      h('div', { class: 'card-head' }, h('h2', { id: 'events-title' }, 'Events'), filter),
      scroller,
    ),
    render,
  }
}

function createEventRow({ at, source, type, text, tone, generation }: Entry): Row<Entry> {
  const age = h('time', { class: 'event-age', datetime: new Date(at).toISOString(), title: formatTime(at) })
  const kind = h('span', { class: 'event-type' }, source === 'qa' ? `QA ${type}` : type)
  const about = h('p', { class: 'event-head' }, kind, age)
  if (generation !== undefined)
    kind.append(h('span', { class: 'event-generation', title: 'Generation' }, ` #${generation}`))
  const element = h(
    'li',
    { class: 'event', 'data-tone': tone, 'data-source': source },
    about,
    h('p', { class: 'event-text' }, text),
  )
  return {
    element,
    render() {
      setText(age, formatAge(Date.now() - at))
      setAttribute(element, 'data-new', Date.now() - at < 1_000 ? 'true' : undefined)
    },
  }
}

function noteText(shown: number, kept: number, dropped: number): string {
  if (kept === 0) return 'Nothing has happened yet.'
  if (shown === 0) return 'None of this kind.'
  const older = dropped === 0 ? '' : ` ${dropped} older ones are gone.`
  return shown === kept ? `${kept} events.${older}` : `${shown} of ${kept} events.${older}`
}
