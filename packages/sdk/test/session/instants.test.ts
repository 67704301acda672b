import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromStored, lagMsOf, toStored } from '../../src/session/instants.ts'
import { parseLedger } from '../support/parse-stored.ts'
import { ledger, session } from '../support/replicas.ts'
import { aLedger, anAttempt, aSession, HOUR, MINUTE, NOON } from '../support/sessions.ts'

/** The clocks of a page whose wall clock was set back by `lagMs`. */
const clocks = (wall: number, lag = 0) => ({ now: () => wall + lag, wallNow: () => wall, lagMs: () => lag })

const shift = fc.integer({ min: -10 * HOUR, max: 10 * HOUR })
const lag = fc.integer({ min: 0, max: 10 * 36_000 }).map((steps) => steps * 100)

describe('from page time to wall time and back', () => {
  it('nothing changes', () => {
    fc.assert(
      fc.property(ledger, session, lag, (kept, tokens, lagMs) => {
        const page = clocks(NOON + HOUR, lagMs)
        expect(fromStored(toStored(kept, page), page)).toEqual(kept)
        expect(fromStored(toStored(tokens, page), page)).toEqual(tokens)
      }),
    )
  })

  it('every instant moves, and nothing else', () => {
    const page = clocks(NOON, MINUTE)
    const attempt = anAttempt({ retryAt: NOON, notBefore: NOON })
    const serverClock = { generation: 1, time: NOON, at: NOON, exp: NOON, lifetimeMs: MINUTE }
    const signedOut = { reason: 'user', at: NOON, generation: 1 } as const
    const kept = aLedger({ attempt, serverClock, signedOut, unauthorizedAt: NOON })
    const before = NOON - MINUTE
    expect(toStored(kept, page)).toEqual({
      ...kept,
      v: 1,
      writtenAt: NOON,
      signedInAt: before,
      lastActivityAt: before,
      attempt: {
        ...attempt,
        startedAt: before,
        expiresAt: attempt.expiresAt - MINUTE,
        retryAt: before,
        notBefore: before,
      },
      serverClock: { ...serverClock, at: before },
      signedOut: { ...signedOut, at: before },
      unauthorizedAt: before,
    })
    const tokens = aSession({ refreshExpiresAt: NOON, claims: { at: 1, expiresAt: 2 } })
    expect(toStored(tokens, page)).toEqual({
      ...tokens,
      v: 1,
      writtenAt: NOON,
      signedInAt: before,
      lastActivityAt: before,
      accessIssuedAt: tokens.accessIssuedAt - MINUTE,
      accessExpiresAt: tokens.accessExpiresAt - MINUTE,
      refreshAt: tokens.refreshAt - MINUTE,
      refreshExpiresAt: before,
    })
  })

  it('clocks that drift by less than a tenth of a second do not lag', () => {
    expect([40, 60, 149, 151].map((ms) => lagMsOf(clocks(NOON, ms)))).toEqual([0, 100, 100, 200])
  })
})

describe('a record that arrives', () => {
  const kept = aLedger({ signedInAt: NOON })
  const arrivedAt = (wallNow: number, lagMs: number) =>
    fromStored({ ...kept, v: 1, writtenAt: NOON }, clocks(wallNow, lagMs)).signedInAt - NOON

  it('scenario 38: from the past counts from where it was', () => {
    expect(arrivedAt(NOON + HOUR, 0)).toBe(0)
    expect(arrivedAt(NOON + HOUR, MINUTE)).toBe(MINUTE)
  })

  it('scenario 38: from the future, because the clock was set back, counts as if written now', () => {
    expect(arrivedAt(NOON - HOUR, 0)).toBe(-HOUR)
  })

  it('scenario 38: that this page wrote itself before the clock was set back, is where it was', () => {
    expect(arrivedAt(NOON + MINUTE - HOUR, HOUR)).toBe(0)
  })
})

describe('what comes from outside the page', () => {
  const clock = (now: number, lag = 0) => clocks(now - lag, lag)
  const written = { v: 1, writtenAt: NOON } as const

  it('is in the time of this page', () => {
    const kept = aLedger({ signedInAt: NOON - HOUR, lastActivityAt: NOON - MINUTE })
    const moved = { signedInAt: NOON, lastActivityAt: NOON + HOUR - MINUTE }
    expect(fromStored({ ...kept, ...written }, clock(NOON + HOUR, HOUR))).toEqual({ ...kept, ...moved })
    const tokens = aSession({ signedInAt: NOON - HOUR, lastActivityAt: NOON - MINUTE })
    expect(fromStored({ ...tokens, ...written }, clock(NOON + HOUR, HOUR))).toMatchObject(moved)
  })

  it('scenario 38: never says that somebody was active, or signed in, later than now', () => {
    fc.assert(
      fc.property(fc.tuple(shift, shift, shift), fc.nat(HOUR), ([signedInMs, activeMs, writtenMs], lagMs) => {
        const instants = { signedInAt: NOON + signedInMs, lastActivityAt: NOON + activeMs }
        const record = { v: 1, writtenAt: NOON + writtenMs } as const
        const here = clock(NOON, lagMs)
        for (const arrived of [
          fromStored({ ...aLedger(instants), ...record }, here),
          fromStored({ ...aSession(instants), ...record }, here),
        ]) {
          expect(arrived.signedInAt).toBeLessThanOrEqual(NOON)
          expect(arrived.lastActivityAt).toBeLessThanOrEqual(NOON)
        }
      }),
    )
  })

  it('scenario 38: from before the clock went back says less than the page knows that saw the session before', () => {
    const known = aLedger({ signedInAt: NOON - HOUR, lastActivityAt: NOON - MINUTE })
    const record = { ...aLedger({ generation: 2, signedInAt: NOON, lastActivityAt: NOON }), v: 1 } as const
    expect(fromStored({ ...record, writtenAt: NOON + 1_001 }, clock(NOON), known)).toEqual({ ...known, generation: 2 })
    expect(fromStored({ ...record, writtenAt: NOON + 1_000 }, clock(NOON), known)).toMatchObject({
      lastActivityAt: NOON - 1_000,
    })
    const other = { ...known, sid: 'other' }
    expect(fromStored({ ...record, writtenAt: NOON + 1 }, clock(NOON), other)).toMatchObject({
      lastActivityAt: NOON - 1,
    })
  })

  it('scenario 38: is understood in each page that it comes to, however their clocks are set', () => {
    const page = fc.tuple(shift, lag).map(([ms, lagMs]) => clocks(NOON + ms, lagMs))
    const life = fc
      .nat(24 * HOUR)
      .chain((lastedMs) => fc.tuple(fc.constant(lastedMs), fc.nat(Math.floor(lastedMs / 10))))
    fc.assert(
      fc.property(life, fc.array(page, { minLength: 1, maxLength: 4 }), ([lastedMs, generation], pages) => {
        const [first = clocks(NOON)] = pages
        const now = first.now()
        let kept = aLedger({ signedInAt: now - lastedMs, lastActivityAt: now, generation, activities: generation })
        for (const [index, here] of pages.entries()) {
          const written = parseLedger(toStored(kept, here))
          expect(written).toMatchObject({ generation, activities: generation })
          if (written) kept = fromStored(written, pages[index + 1] ?? here)
        }
      }),
    )
  })
})
