import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, junkUnder } from '../../../../test/support/junk.ts'
import {
  hostileLedgers,
  hostileMessages,
  hostileSessions,
  hostileValues,
  ledger,
  message,
  session,
} from '../support/hostile.ts'
import { parseLedger, parseStoredSession, parseTabMessage } from '../support/parse-stored.ts'
import { anAttempt, HOUR, MINUTE, NOON, SECOND } from '../support/sessions.ts'

test('comes as it went, and loses what nobody knows', () => {
  expect(parseTabMessage(structuredClone(message))).toEqual(message)
  const { ledger: _, session: __, ...bare } = message
  expect(parseTabMessage({ ...bare, type: 'bye', script: 'alert(1)' })).toEqual({ ...bare, type: 'bye' })
})

test.each(hostileMessages)('hostile message: %s', (_name, value) => {
  expect(parseTabMessage(value)).toBeUndefined()
})

test.each([...hostileValues, ...hostileLedgers])('hostile ledger: %s', (_name, value) => {
  expect(parseLedger(value)).toBeUndefined()
})

test.each([...hostileValues, ...hostileSessions])('hostile session: %s', (_name, value) => {
  expect(parseStoredSession(value)).toBeUndefined()
})

test('the prototype of everything stays as it is', () => {
  for (const [, value] of hostileMessages) parseTabMessage(value)
  expect({}).not.toHaveProperty('polluted')
})

test('what throws when it is read is nothing, and what changes is read once', () => {
  const trap = () => {
    throw new Error('trapped')
  }
  expect(parseTabMessage(new Proxy({}, { get: trap, has: trap, ownKeys: trap }))).toBeUndefined()
  expect(parseTabMessage(Object.defineProperty({ ...message }, 'session', { get: trap }))).toBeUndefined()
  const claims = Object.defineProperty({}, 'sub', { enumerable: true, get: trap })
  expect(parseTabMessage({ ...message, session: { ...session, claims } })).toBeUndefined()
  let reads = 0
  const fickle = Object.defineProperty({ ...message }, 'from', {
    get: () => (reads++ === 0 ? 'tab' : { not: 'a tab' }),
  })
  expect(parseTabMessage(fickle)?.from).toBe('tab')
})

test('nothing lies further ahead than it can: no limit and no refresh is put off for ever', () => {
  const far = 8e15
  const attempt = { ...ledger.attempt, expiresAt: far, retryAt: far, notBefore: far }
  const forged = { ...ledger, signedInAt: far, lastActivityAt: far, attempt }
  const soon = NOON + HOUR
  const tamed = {
    ...ledger,
    attempt: { ...attempt, expiresAt: soon, retryAt: soon, notBefore: soon },
  }
  expect(parseLedger(forged)).toEqual(tamed)
  expect(parseTabMessage({ ...message, ledger: forged })?.ledger).toEqual(tamed)
  expect(parseStoredSession({ ...session, signedInAt: far, lastActivityAt: far })).toEqual(session)
})

test.each<[string, (count: number) => unknown]>([
  ['generation', (generation) => parseLedger({ ...ledger, signedInAt: NOON - HOUR, generation })],
  ['activities', (activities) => parseLedger({ ...ledger, signedInAt: NOON - HOUR, activities })],
  ['attempt', (generation) => parseLedger({ ...ledger, signedInAt: NOON - HOUR, attempt: anAttempt({ generation }) })],
  [
    'end',
    (generation) =>
      parseLedger({ ...ledger, signedInAt: NOON - HOUR, signedOut: { reason: 'idle', at: NOON, generation } }),
  ],
  ['session', (generation) => parseStoredSession({ ...session, signedInAt: NOON - HOUR, generation })],
])('no %s is counted higher than there was time for: one in a millisecond', (_, parsed) => {
  expect(parsed(HOUR + SECOND)).toBeDefined()
  expect(parsed(HOUR + SECOND + 1)).toBeUndefined()
})

test('what lies ahead by right stays', () => {
  const attempt = { ...ledger.attempt, expiresAt: NOON + MINUTE, retryAt: NOON + MINUTE, notBefore: NOON + HOUR }
  // Page time and wall time are told apart in steps.
  const record = { ...ledger, lastActivityAt: NOON + 50, attempt }
  expect(parseLedger(record)).toEqual(record)
})

test('junk is nothing, or a message within bounds', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const names = [...Object.keys(message), 'question', 'asleep']
  const inner = [
    ...Object.keys(ledger),
    ...Object.keys(session),
    'revocationPending',
    'refreshExpiresAt',
    'unauthorizedAt',
  ]
  const odd = fc.oneof(junk, fc.double(), fc.maxSafeInteger(), fc.string({ maxLength: 300 }))
  const records = fc.tuple(fc.constantFrom(ledger, session), junkUnder(inner, odd))
  const spoilt = records.map(([record, members]) => ({ ...record, ...members }))
  const messages = junkUnder(names, fc.oneof(odd, spoilt)).map((members) => ({ ...message, ...members }))
  let taken = 0
  fuzz(fc.oneof(junk, messages), (input) => {
    const parsed = parseTabMessage(input)
    if (!parsed) return
    taken++
    const unknown = Object.keys(parsed).filter((name) => !names.includes(name))
    expect([unknown, Object.getPrototypeOf(parsed)]).toEqual([[], Object.prototype])
    for (const id of [parsed.from, parsed.question ?? '', parsed.session?.sid ?? '', parsed.ledger?.sid ?? '']) {
      expect(id.length).toBeLessThanOrEqual(200)
      expect(() => new Headers({ 'Idempotency-Key': id })).not.toThrow()
    }
    for (const { epoch, generation } of [parsed.session ?? session, parsed.ledger ?? ledger]) {
      expect([epoch + 1, generation + 1].every(Number.isSafeInteger)).toBe(true)
    }
    const { writtenAt = 0, lastActivityAt = 0, unauthorizedAt = writtenAt } = parsed.ledger ?? {}
    expect(Math.max(lastActivityAt, unauthorizedAt) - writtenAt).toBeLessThanOrEqual(1_000)
    // It goes to the other tabs, and into stores.
    expect(() => structuredClone(parsed)).not.toThrow()
  })
  expect(taken).toBeGreaterThan(20)
})
