import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { USAGE } from '../command.ts'
import { GROUPS } from '../src/events/filter.ts'
import { formatDuration } from '../src/format/duration.ts'
import { CONDITIONS } from '../src/network/network.ts'
import { LIFETIMES_MS } from '../src/qa/lifetimes.ts'
import { ENDPOINTS, FAULTS } from '../src/qa/server-state.ts'
import { FLAVOURS } from '../src/session/transport-flavour.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/demo.md'), 'utf8')

test('docs/demo.md names each choice of the demo, and no other', () => {
  const choices = [CONDITIONS, ENDPOINTS, FAULTS, FLAVOURS, GROUPS].flatMap((labels) => Object.values<string>(labels))
  const parts = ['header', 'Patients', 'session panel', 'Events', 'Network of this tab', 'Server fault']
  const bold = [...page.matchAll(/\*\*(.+?)\*\*/g)].map(([, words]) => words)
  expect(bold.toSorted()).toEqual([...choices, ...parts, 'Access token', 'Load'].toSorted())
})

test('docs/demo.md names each lifetime', () => {
  const [last, ...others] = LIFETIMES_MS.map(formatDuration).toReversed()
  expect(page).toContain(`a lifetime of ${others.toReversed().join(', ')} or ${last}`)
})

test('docs/demo.md names each option, and no other', () => {
  const named = (text: string) => new Set(text.match(/(?<=^(?:\| `| {2}))--[a-z]+/gm))
  const options = named(USAGE)
  options.delete('--help')
  expect(named(page)).toEqual(options)
})
