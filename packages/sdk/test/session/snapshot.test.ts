import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { type SnapshotInput, sameOrNext, snapshotOf } from '../../src/session/snapshot.ts'
import { initialState, type State } from '../../src/session/state.ts'
import { aLedger, anAttempt, aSession, HOUR, MINUTE, NOON, signedIn } from '../support/sessions.ts'

const take = (state: State, input: Partial<SnapshotInput> = {}) =>
  snapshotOf(state, {
    policy: { ...DEFAULT_POLICY, sessionMaxMs: 8 * HOUR, idleTimeoutMs: 5 * MINUTE },
    endpoint: { refreshTokenIn: 'body', accessTokenIn: 'header', idempotentRefresh: false },
    lagMs: 0,
    ...input,
  })

describe('a snapshot', () => {
  it('shows what a user interface needs, and no token', () => {
    const claims = { role: 'nurse' }
    const session = aSession({ subject: 'amara', claims, refreshExpiresAt: NOON + HOUR })
    expect(take(signedIn({ session, subject: 'amara' }))).toEqual({
      status: 'active',
      refreshing: false,
      online: true,
      subject: 'amara',
      claims,
      generation: 1,
      accessExpiresAt: NOON + 15 * MINUTE,
      nextRefreshAt: NOON + 13 * MINUTE,
      refreshExpiresAt: NOON + HOUR,
      sessionEndsAt: NOON + 8 * HOUR,
      idleEndsAt: NOON + 5 * MINUTE,
      idleWarning: false,
    })
  })

  it('says since when there is no session any more, and nothing of it', () => {
    const ledger = aLedger({ signedOut: { reason: 'idle', at: NOON, generation: 1 } })
    expect(take({ ...initialState(false, 'ready'), ledger })).toEqual({
      status: 'signed-out',
      refreshing: false,
      online: false,
      generation: 0,
      idleWarning: false,
      signedOutReason: 'idle',
    })
  })

  it('scenario 24: shows of the session of another subject only whose it is', () => {
    const shown = take(signedIn({ session: aSession({ subject: 'bo' }), subject: 'amara', identityChanged: true }))
    expect(shown).toEqual({
      status: 'identity-changed',
      otherSubject: 'bo',
      refreshing: false,
      online: true,
      generation: 0,
      idleWarning: false,
    })
  })

  it.each([
    ['starting', initialState(true, 'loading')],
    ['starting', initialState(true, 'restoring')],
    ['degraded', initialState(true, 'overdue')],
    ['degraded', signedIn({ ledger: aLedger({ attempt: anAttempt({ failures: 1 }) }) })],
    ['active', signedIn({ ledger: aLedger({ generation: 2, attempt: anAttempt({ failures: 1 }) }) })],
    ['active', signedIn({ ledger: aLedger({ attempt: anAttempt() }) })],
  ])('is %s', (status, state) => {
    expect(take(state).status).toBe(status)
  })

  it('tells instants as the clock on the wall shows them', () => {
    expect(take(signedIn(), { lagMs: HOUR }).accessExpiresAt).toBe(NOON + 15 * MINUTE - HOUR)
  })

  it('is frozen', () => {
    expect(Object.isFrozen(take(signedIn()))).toBe(true)
  })
})

describe('scenario 21: the snapshot before', () => {
  it('is kept while nothing in it changes', () => {
    const former = take(signedIn())
    expect(sameOrNext(former, take(signedIn()))).toBe(former)
  })

  it.each([
    ['changes', signedIn({ online: false })],
    ['comes', signedIn({ lastRefreshError: 'network' })],
    ['goes', initialState(true, 'ready')],
  ])('is not where something %s', (_name, state) => {
    const next = take(state)
    expect(sameOrNext(take(signedIn()), next)).toBe(next)
    expect(sameOrNext(undefined, next)).toBe(next)
  })
})
