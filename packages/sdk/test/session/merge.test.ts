import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCurrent, isLive, joinLedgers, joinSessions, newSid } from '../../src/session/merge.ts'
import type { SessionEnd } from '../../src/types.ts'
import { end, generation, identity, ledger, session } from '../support/replicas.ts'
import { aLedger, anAttempt, aSession, NOON } from '../support/sessions.ts'

const joins = [
  ['ledgers', joinLedgers, fc.option(ledger, { nil: undefined })],
  ['sessions', joinSessions, fc.option(session, { nil: undefined })],
] as const

const check = (property: fc.IProperty<unknown>) => fc.assert(property, { numRuns: 2_000 })

const rejectedAt = (n: number): SessionEnd => ({ reason: 'refresh-rejected', at: NOON, generation: n })

describe.each(joins)('the join of %s', (_name, given, replica) => {
  const join = given as (a: unknown, b: unknown) => unknown

  it('is commutative', () => {
    check(fc.property(replica, replica, (a, b) => void expect(join(a, b)).toEqual(join(b, a))))
  })

  it('is associative', () => {
    check(
      fc.property(
        replica,
        replica,
        replica,
        (a, b, c) => void expect(join(join(a, b), c)).toEqual(join(a, join(b, c))),
      ),
    )
  })

  it('is idempotent, and gives the very replica back', () => {
    check(fc.property(replica, (a) => void expect(join(a, structuredClone(a))).toBe(a)))
  })

  it('takes nothing for the bottom', () => {
    check(fc.property(replica, (a) => void expect(join(a, undefined)).toBe(a)))
  })
})

it('the order of messages does not matter', () => {
  const fold = (all: readonly ReturnType<typeof aLedger>[]) =>
    all.reduce<(typeof all)[number] | undefined>(joinLedgers, undefined)
  check(
    fc.property(
      fc
        .array(ledger, { maxLength: 6 })
        .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => void expect(fold(shuffled)).toEqual(fold(all)),
    ),
  )
})

describe('who wins', () => {
  it('scenario 41: a refresh rejected at n loses to a live n+1, and wins over a live n', () => {
    check(
      fc.property(generation, (n) => {
        const rejected = aLedger({ generation: n, signedOut: rejectedAt(n) })
        expect(joinLedgers(rejected, aLedger({ generation: n + 1 }))?.signedOut).toBeUndefined()
        expect(joinLedgers(rejected, aLedger({ generation: n }))?.signedOut).toEqual(rejectedAt(n))
      }),
    )
  })

  it.each(['user', 'idle', 'session-limit'] as const)('an end by %s beats every generation', (reason) => {
    check(
      fc.property(generation, generation, (ended, live) => {
        const tombstone = aLedger({ generation: ended, signedOut: { reason, at: NOON, generation: ended } })
        expect(joinLedgers(tombstone, aLedger({ generation: live }))?.signedOut?.reason).toBe(reason)
      }),
    )
  })

  it('a later sign-in beats every tombstone of the one before', () => {
    check(
      fc.property(end, (signedOut) => {
        const later = aLedger({ epoch: 2, sid: 'c' })
        expect(joinLedgers(aLedger({ generation: 9, signedOut }), later)).toBe(later)
      }),
    )
  })

  it('scenario 40: of two successors of one token the later commit wins, of two at once the greater key', () => {
    const early = aSession({ generation: 2, committedAt: NOON, commitId: 'z' })
    const late = aSession({ generation: 2, committedAt: NOON + 1, commitId: 'a' })
    const twin = aSession({ generation: 2, committedAt: NOON + 1, commitId: 'b' })
    expect(joinSessions(early, late)).toBe(late)
    expect(joinSessions(twin, late)).toBe(twin)
  })

  it('a revocation that the endpoint has heard of is not owed again', () => {
    const owed = aLedger({ signedOut: { reason: 'user', at: NOON, generation: 1 }, revocationPending: true })
    expect(joinLedgers(owed, { ...owed, revocationPending: false })?.revocationPending).toBe(false)
  })
})

describe('what is kept of both', () => {
  it('the newest activity, at the earliest instant that it is said to have been, and the earliest sign-in', () => {
    check(
      fc.property(ledger, ledger, (a, b) => {
        fc.pre(a.sid === b.sid)
        const joined = joinLedgers(a, b)
        const newest = Math.max(a.activities, b.activities)
        const instants = [a, b].filter(({ activities }) => activities === newest).map((each) => each.lastActivityAt)
        expect(joined).toMatchObject({ activities: newest, lastActivityAt: Math.min(...instants) })
        expect(joined?.signedInAt).toBe(Math.min(a.signedInAt, b.signedInAt))
      }),
    )
  })

  it('scenario 33: the newest attempt, also when only the loser knows of it', () => {
    const open = anAttempt({ generation: 2 })
    expect(joinLedgers(aLedger({ generation: 2 }), aLedger({ attempt: open }))?.attempt).toBe(open)
    const failed = { ...open, failures: 1, expiresAt: NOON + 5 }
    expect(joinLedgers(aLedger({ attempt: open }), aLedger({ attempt: failed }))?.attempt).toBe(failed)
    const settled = { ...open, expiresAt: NOON + 5 }
    expect(joinLedgers(aLedger({ attempt: open }), aLedger({ attempt: settled }))?.attempt).toBe(settled)
  })

  it('scenario 49: the later instant at which a fresh token got a 401', () => {
    const [early, late] = [NOON, NOON + 1].map((unauthorizedAt) => aLedger({ unauthorizedAt }))
    expect(joinLedgers(early, aLedger({ generation: 2 }))?.unauthorizedAt).toBe(NOON)
    expect(joinLedgers(early, late)).toEqual(late)
  })

  it('and of two that pages made at once from one, all pages keep the same', () => {
    const one = aLedger({ attempt: anAttempt({ by: 'one' }) })
    const two = aLedger({ attempt: anAttempt({ by: 'two' }) })
    expect(joinLedgers(one, two)).toEqual(joinLedgers(two, one))
  })

  it('nothing of another sign-in', () => {
    const old = aLedger({ attempt: anAttempt(), lastActivityAt: NOON + 9 })
    const later = aLedger({ epoch: 2, sid: 'c' })
    expect(joinLedgers(old, later)).toBe(later)
  })
})

describe('what a session is good for', () => {
  it('a session of another sign-in, or of one that ended, is not live', () => {
    check(
      fc.property(identity, end, (who, signedOut) => {
        expect(isLive(aLedger(who), aSession(who))).toBe(true)
        expect(isLive(aLedger({ ...who, signedOut }), aSession(who))).toBe(false)
        expect(isLive(aLedger({ ...who, sid: 'other' }), aSession(who))).toBe(false)
        expect(isLive(undefined, aSession(who))).toBe(false)
      }),
    )
  })

  it('a generation that the ledger knows to be spent is live, but not current', () => {
    expect(isLive(aLedger({ generation: 2 }), aSession())).toBe(true)
    expect(isCurrent(aLedger({ generation: 2 }), aSession())).toBe(false)
    expect(isCurrent(aLedger(), aSession())).toBe(true)
  })
})

describe('two sign-ins at once', () => {
  it('have names in the order of their time, whatever is drawn', () => {
    const times = [-5, 0, 1, NOON, NOON + 1, 4_102_444_800_000]
    const names = times.map((at, i) => newSid(at, `${9 - i}`))
    expect(names.slice(1).toSorted()).toEqual(names.slice(1))
    expect(new Set(names.map(({ length }) => length)).size).toBe(1)
    const [earlier, later] = [aLedger({ sid: newSid(NOON, 'z') }), aLedger({ sid: newSid(NOON + 1, 'a') })]
    expect([joinLedgers(earlier, later), joinLedgers(later, earlier)]).toEqual([later, later])
  })
})
