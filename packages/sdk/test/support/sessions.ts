import { initialState, type State } from '../../src/session/state.ts'
import type { Attempt, Ledger, Session } from '../../src/types.ts'

/** Noon of some day, so that clocks can be set either way. */
export const NOON = 1_800_000_000_000

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

export function aLedger(members: Partial<Ledger> = {}): Ledger {
  return { epoch: 1, sid: 's', generation: 1, signedInAt: NOON, activities: 0, lastActivityAt: NOON, ...members }
}

/** A session whose tokens begin with SECRET, so that a test finds them wherever they leak to. */
export function aSession(members: Partial<Session> = {}): Session {
  const { sid = 's', generation = 1 } = members
  return {
    epoch: 1,
    sid,
    generation,
    committedAt: NOON,
    commitId: `key-${generation}`,
    signedInAt: NOON,
    activities: 0,
    lastActivityAt: NOON,
    accessToken: `SECRET-access-${sid}-${generation}`,
    accessIssuedAt: NOON,
    accessExpiresAt: NOON + 15 * MINUTE,
    refreshAt: NOON + 13 * MINUTE,
    refreshToken: `SECRET-refresh-${sid}-${generation}`,
    ...members,
  }
}

export function anAttempt(members: Partial<Attempt> = {}): Attempt {
  return {
    key: 'key',
    generation: 1,
    by: 'tab',
    number: 1,
    startedAt: NOON,
    expiresAt: NOON + MINUTE,
    failures: 0,
    ...members,
  }
}

/** What a page knows that is signed in. */
export function signedIn(members: Partial<State> = {}): State {
  return { ...initialState(true, 'ready'), ledger: aLedger(), session: aSession(), sid: 's', ...members }
}
