import { h, setAttribute, setText } from '../dom/element.ts'
import { createKeyedList, type Row } from '../dom/keyed-list.ts'
import type { FactGroup } from '../session/describe-session.ts'

type Fact = FactGroup['facts'][number]

/** Values that need twice the room. */
const WIDE: ReadonlySet<string> = new Set(['Status', 'Last error'])

/** What names mean that nobody has to know. */
const HINTS: Readonly<Partial<Record<string, string>>> = {
  Generation: 'Counts the tokens of this session: 1 at sign-in, one more with each refresh',
  Leader: 'The tab whose timer refreshes first; the others stand by',
  Adopted: 'Newer tokens that this tab took over from another one, instead of refreshing itself',
  Replayed: 'Requests that were sent again, with a new token, after an answer 401',
}

/** Names and values in groups. */
export function createFactGroups() {
  const element = h('div', { class: 'fact-groups' })
  return {
    element,
    render: createKeyedList<FactGroup>({ parent: element, key: ({ title }) => title, create: createGroup }),
  }
}

function createGroup({ title }: FactGroup): Row<FactGroup> {
  const list = h('dl', { class: 'facts' })
  const show = createKeyedList<Fact>({ parent: list, key: ([name]) => name, create: createFact })
  return {
    element: h('div', { class: 'fact-group' }, h('h2', {}, title), list),
    render: ({ facts }) => show(facts),
  }
}

function createFact([name]: Fact): Row<Fact> {
  const value = h('dd')
  const hint = HINTS[name]
  return {
    element: h('div', { class: WIDE.has(name) ? 'fact fact-wide' : 'fact' }, h('dt', { title: hint }, name), value),
    render([, text]) {
      setText(value, text)
      setAttribute(value, 'title', text)
    },
  }
}
