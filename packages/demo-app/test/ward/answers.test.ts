import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junkUnder } from '../../../../test/support/junk.ts'
import { parseNote, parseNotes } from '../../src/ward/notes.ts'
import { parsePatients } from '../../src/ward/patient.ts'

const note = { id: 1, author: 'amara', text: 'stable', createdAt: 0 }
const vitals = { heartRate: 80, systolic: 120, diastolic: 80, spo2: 98, respiratoryRate: 14, temperature: 37 }
const patient = { id: 'p01', name: 'N', age: 70, bed: '1', condition: 'c', vitals }

const leaf = fc.oneof(fc.integer(), fc.string(), fc.constantFrom(null, true, [], {}))
const spoilt = (whole: object) => {
  const odd = fc.oneof(leaf, fc.constant(vitals), junkUnder(Object.keys(vitals), leaf))
  return junkUnder(Object.keys(whole), odd).map((members) => ({ ...whole, ...members }))
}
const listOf = (name: string, whole: object) =>
  fc.oneof(fc.jsonValue(), fc.record({ [name]: fc.oneof(leaf, fc.array(spoilt(whole), { maxLength: 2 })) }))

/** What was read, and nothing if it was refused in the one way that is meant for that. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

test('patients are what they are to be, or none', { timeout: FUZZ_TIMEOUT_MS }, () => {
  let taken = 0
  fuzz(listOf('patients', patient), (input) => {
    for (const { name, vitals } of attempt(() => parsePatients(input)) ?? []) {
      taken++
      expect([typeof name, typeof vitals.temperature]).toEqual(['string', 'number'])
    }
  })
  expect(taken).toBeGreaterThan(20)
})

test('and so are notes', { timeout: FUZZ_TIMEOUT_MS }, () => {
  let taken = 0
  fuzz(fc.oneof(listOf('notes', note), spoilt(note)), (input) => {
    const one = attempt(() => parseNote(input))
    for (const { text, createdAt } of attempt(() => parseNotes(input)) ?? (one ? [one] : [])) {
      taken++
      expect([typeof text, typeof createdAt]).toEqual(['string', 'number'])
    }
  })
  expect(taken).toBeGreaterThan(20)
})
