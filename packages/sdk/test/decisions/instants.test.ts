import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrivalShift, arrivedLedger, arrivedSession, shiftLedger, shiftSession } from '../../src/decisions/instants.ts'
import { ledger, session } from '../support/replicas.ts'
import { aLedger, anAttempt, aSession, HOUR, MINUTE, NOON } from '../support/sessions.ts'

const shift = fc.integer({ min: -10 * HOUR, max: 10 * HOUR })

describe('from page time to wall time and back', () => {
  it('nothing changes', () => {
    fc.assert(
      fc.property(ledger, session, shift, (kept, tokens, ms) => {
        expect(shiftLedger(shiftLedger(kept, ms), -ms)).toEqual(kept)
        expect(shiftSession(shiftSession(tokens, ms), -ms)).toEqual(tokens)
      }),
    )
  })

  it('every instant moves, and nothing else', () => {
    const attempt = anAttempt({ retryAt: NOON, notBefore: NOON })
    const kept = aLedger({ attempt, signedOut: { reason: 'user', at: NOON, generation: 1 } })
    const moved = { startedAt: NOON + 5, expiresAt: NOON + MINUTE + 5, retryAt: NOON + 5, notBefore: NOON + 5 }
    expect(shiftLedger(kept, 5)).toEqual({
      ...kept,
      signedInAt: NOON + 5,
      lastActivityAt: NOON + 5,
      attempt: { ...attempt, ...moved },
      signedOut: { reason: 'user', at: NOON + 5, generation: 1 },
    })
    const tokens = aSession({ refreshExpiresAt: NOON })
    expect(shiftSession(tokens, 5)).toEqual({
      ...tokens,
      signedInAt: NOON + 5,
      lastActivityAt: NOON + 5,
      accessIssuedAt: NOON + 5,
      accessExpiresAt: tokens.accessExpiresAt + 5,
      refreshAt: tokens.refreshAt + 5,
      refreshExpiresAt: NOON + 5,
    })
  })

  it('what is shifted by nothing is the very record', () => {
    const kept = aLedger()
    expect(shiftLedger(kept, 0)).toBe(kept)
    const tokens = aSession()
    expect(shiftSession(tokens, 0)).toBe(tokens)
  })
})

describe('a record that arrives', () => {
  it('scenario 38: from the past counts from where it was', () => {
    expect(arrivalShift(NOON, NOON + HOUR, 0)).toBe(0)
    expect(arrivalShift(NOON, NOON + HOUR, MINUTE)).toBe(MINUTE)
  })

  it('scenario 38: from the future, because the clock was set back, counts as if written now', () => {
    expect(arrivalShift(NOON, NOON - HOUR, 0)).toBe(-HOUR)
  })

  it('scenario 38: that this page wrote itself before the clock was set back, is where it was', () => {
    const pageNow = NOON + MINUTE
    expect(arrivalShift(NOON, pageNow - HOUR, HOUR)).toBe(0)
  })
})

describe('what comes from outside the page', () => {
  const clock = (now: number, lagMs = 0) => ({ now: () => now, wallNow: () => now - lagMs })
  const written = { v: 1, writtenAt: NOON } as const

  it('is in the time of this page', () => {
    const kept = aLedger({ signedInAt: NOON - HOUR, lastActivityAt: NOON - MINUTE })
    const moved = { signedInAt: NOON, lastActivityAt: NOON + HOUR - MINUTE }
    expect(arrivedLedger({ ...kept, ...written }, clock(NOON + HOUR, HOUR))).toEqual({ ...kept, ...moved })
    const tokens = aSession({ signedInAt: NOON - HOUR, lastActivityAt: NOON - MINUTE })
    expect(arrivedSession({ ...tokens, ...written }, clock(NOON + HOUR, HOUR))).toMatchObject(moved)
  })

  it('scenario 38: never says that somebody was active, or signed in, later than now', () => {
    fc.assert(
      fc.property(fc.tuple(shift, shift, shift), fc.nat(HOUR), ([signedInMs, activeMs, writtenMs], lagMs) => {
        const instants = { signedInAt: NOON + signedInMs, lastActivityAt: NOON + activeMs }
        const record = { v: 1, writtenAt: NOON + writtenMs } as const
        const here = clock(NOON, lagMs)
        for (const arrived of [
          arrivedLedger({ ...aLedger(instants), ...record }, here),
          arrivedSession({ ...aSession(instants), ...record }, here),
        ]) {
          expect(arrived.signedInAt).toBeLessThanOrEqual(NOON)
          expect(arrived.lastActivityAt).toBeLessThanOrEqual(NOON)
        }
      }),
    )
  })
})
