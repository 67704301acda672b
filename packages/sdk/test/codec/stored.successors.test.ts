import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { parseLedger } from '../../src/codec/stored-ledger.ts'
import { parseStoredSession } from '../../src/codec/stored-session.ts'
import { fromStored, toStored } from '../../src/session/instants.ts'
import type { Ledger, Session } from '../../src/types.ts'
import { aLedger, anAttempt, aSession, NOON, SECOND } from '../support/sessions.ts'

const clockAt = (now: number) => ({ now: () => now, wallNow: () => now, lagMs: () => 0 })
const LATER = NOON + SECOND

const counts = fc.oneof(
  fc.nat(10),
  fc.constantFrom(1e9 - 1, 1e9, 1e9 + 1, NOON - 1, NOON, NOON + 1, 2 ** 52, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat(),
)
const instants = fc.oneof(
  fc.constantFrom(-8.64e15, 8.64e15, -3.2e12, 0, NOON - 1, NOON, NOON + 1, NOON - 3.2e12),
  fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }),
)

/** What a page makes of a ledger that it has read: the next sign-in, refresh, attempt, activity and sign-out. */
function successorsOf(ledger: Ledger): Ledger[] {
  const { epoch, generation, activities } = ledger
  const attempt = ledger.attempt ?? anAttempt({ number: 0 })
  return [
    { epoch: epoch + 1, sid: 'next', generation: 1, signedInAt: LATER, activities: 0, lastActivityAt: LATER },
    { ...ledger, generation: generation + 1 },
    { ...ledger, attempt: { ...attempt, generation, number: attempt.number + 1, failures: attempt.failures + 1 } },
    { ...ledger, activities: activities + 1, lastActivityAt: LATER },
    { ...ledger, generation: generation + 1, signedOut: { reason: 'user', at: LATER, generation: generation + 1 } },
  ]
}

const forged = fc.record({
  v: fc.constant(1),
  writtenAt: fc.oneof(fc.constant(NOON), instants),
  epoch: counts,
  sid: fc.constant('forged'),
  generation: counts,
  signedInAt: instants,
  activities: counts,
  lastActivityAt: instants,
  attempt: fc.option(
    fc
      .record({ generation: counts, number: counts, failures: counts, startedAt: instants, expiresAt: instants })
      .map((members) => ({ ...anAttempt(), ...members })),
    { nil: undefined },
  ),
})

test('whatever ledger is accepted, what a page makes of it next is accepted, too', { timeout: FUZZ_TIMEOUT_MS }, () => {
  let accepted = 0
  fuzz(forged, (value) => {
    const record = parseLedger(value, NOON)
    if (!record) return
    accepted++
    for (const next of successorsOf(fromStored(record, clockAt(NOON)))) {
      expect(parseLedger(toStored(next, clockAt(LATER)), LATER)).toMatchObject({ epoch: next.epoch, sid: next.sid })
    }
  })
  expect(accepted).toBeGreaterThan(100)
})

test('and so of a session', { timeout: FUZZ_TIMEOUT_MS }, () => {
  let accepted = 0
  fuzz(fc.record({ members: forged, at: instants }), ({ members: { attempt: _, ...members }, at }) => {
    const record = parseStoredSession({ ...aSession(), ...members, accessExpiresAt: at, refreshAt: at }, NOON)
    if (!record) return
    accepted++
    const session: Session = fromStored(record, clockAt(NOON))
    const next = { ...session, generation: session.generation + 1 }
    expect(parseStoredSession(toStored(next, clockAt(LATER)), LATER)).toBeDefined()
  })
  expect(accepted).toBeGreaterThan(100)
})

test.each([1e9 - 1, 1e9, 1e9 + 1, NOON])('a forged epoch of %d leaves room for the next sign-in', (epoch) => {
  const record = parseLedger({ ...aLedger({ epoch }), v: 1, writtenAt: NOON }, NOON)
  expect(record?.epoch).toBe(epoch)
  const next = toStored({ ...aLedger(), epoch: epoch + 1, sid: 'next' }, clockAt(LATER))
  expect(parseLedger(next, LATER)?.sid).toBe('next')
})

test.each([NOON + 1, Number.MAX_SAFE_INTEGER])(
  'a forged epoch of %d, for which there was no time, is none',
  (epoch) => {
    expect(parseLedger({ ...aLedger({ epoch }), v: 1, writtenAt: NOON }, NOON)).toBeUndefined()
  },
)
