import fc from 'fast-check'
import { joinLogins, loginOf } from '../../src/session/logins.ts'
import { joinOwed } from '../../src/session/owed.ts'
import type { Attempt, Ledger, Owed, ServerClock, Session, SessionEnd } from '../../src/types.ts'
import { aLedger, anAttempt, aSession, NOON } from './sessions.ts'

// Few values of each, so that equal ranks and equal instants are common.
export const generation = fc.integer({ min: 1, max: 4 })
export const instant = fc.integer({ min: 0, max: 3 }).map((ms) => NOON + ms)
/** Sign-ins, two of them at the same epoch; the last by someone else. */
export const identity = fc.constantFrom({ epoch: 1, sid: 'a' }, { epoch: 1, sid: 'b' }, { epoch: 2, sid: 'c' })
const subjects: Record<string, string> = { a: 'amara', c: 'bo' }

/** The key says which page made it. */
export const attempt: fc.Arbitrary<Attempt> = fc
  .record({
    generation,
    number: fc.integer({ min: 1, max: 3 }),
    expiresAt: instant,
    failures: fc.nat(2),
    key: fc.constantFrom('k', 'l'),
  })
  .map((members) => anAttempt({ ...members, by: `tab ${members.key}` }))

export const end: fc.Arbitrary<SessionEnd> = fc.record({
  reason: fc.constantFrom('user', 'refresh-rejected', 'refresh-expired', 'idle', 'session-limit'),
  at: instant,
  generation,
})

const each: fc.Arbitrary<Owed> = fc
  .record({ epoch: fc.nat(2), settled: fc.constantFrom(undefined, 'told' as const, 'lost' as const) })
  .map(({ epoch, settled }) => ({ epoch, sid: `before ${epoch}`, ...(settled && { settled }) }))
const owed = fc.array(each, { minLength: 1, maxLength: 3 }).map((all) => joinOwed(all))

const serverClock: fc.Arbitrary<ServerClock> = fc.record({
  generation,
  time: instant,
  at: instant,
  exp: instant,
  lifetimeMs: fc.nat(1),
})

/** More than are remembered, so that some are forgotten. */
const logins = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 15 })
  .map((all) => joinLogins(all.map(([epoch, n]) => loginOf(epoch, `${n}`))))

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

/** Ledgers as pages write them: an end by user or limit names the generation that it met. */
export const ledger: fc.Arbitrary<Ledger> = fc
  .record({
    identity,
    generation,
    signedInAt: instant,
    activities: fc.nat(2),
    lastActivityAt: instant,
    attempt: maybe(attempt),
    signedOut: maybe(end),
    revocationPending: maybe(fc.boolean()),
    logins: maybe(logins),
    authentication: maybe(fc.record({ at: instant, sid: fc.constantFrom('p', 'q') }, { requiredKeys: [] })),
    revocationStopped: maybe(fc.constantFrom('held' as const, 'lost' as const)),
    owed: maybe(owed),
    clock: maybe(serverClock),
    unauthorizedAt: maybe(instant),
  })
  .map(
    ({
      identity,
      attempt,
      signedOut,
      revocationPending,
      revocationStopped,
      owed,
      clock,
      logins,
      authentication,
      unauthorizedAt,
      ...members
    }) =>
      aLedger({
        ...identity,
        ...members,
        ...(attempt && { attempt }),
        ...(clock && { serverClock: clock }),
        ...(signedOut && { signedOut: { ...signedOut, generation: members.generation } }),
        ...(signedOut && revocationPending !== undefined && { revocationPending }),
        ...(signedOut && revocationPending && revocationStopped && { revocationStopped }),
        ...(owed && { owed }),
        ...(logins && { logins }),
        ...(authentication && { authentication }),
        ...(unauthorizedAt !== undefined && { unauthorizedAt }),
      }),
  )

export const session: fc.Arbitrary<Session> = fc
  .record({ identity, generation, committedAt: instant, commitId: fc.constantFrom('k', 'l') })
  .map(({ identity, commitId, ...members }) => {
    const subject = subjects[identity.sid]
    return aSession({
      ...identity,
      ...members,
      commitId,
      accessToken: `SECRET-access-${identity.sid}-${members.generation}-${commitId}`,
      ...(subject !== undefined && { subject }),
    })
  })
