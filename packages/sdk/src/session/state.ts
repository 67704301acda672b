import type { Endpoint, Ledger, Session, SessionStatus, SignOutReason } from '../types.ts'
import { isCurrent, isLive } from './merge.ts'

/** All that one page knows. Everything else a page shows or does is derived from it. */
export interface State {
  /**
   * `loading`: not yet looked. `restoring`: looked, but the endpoint has yet to say whether there is a session.
   * `overdue`: still restoring, after all that wait for the start were told so.
   */
  phase: 'loading' | 'restoring' | 'overdue' | 'ready'
  ledger?: Ledger
  session?: Session
  /** The sign-in whose session this page used last. */
  sid?: string
  /** Whom this page belongs to, where that is known. */
  subject?: string | undefined
  /** Counts the users that this page may have had: a call belongs to the one of its moment. */
  identity: number
  /** Another tab signed in as someone else, or may have. */
  identityChanged: boolean
  /** A refresh of this page is under way. */
  refreshing: boolean
  /** The session is to end, and may not be used any more, but its tokens are not known yet. */
  signOutPending?: boolean
  online: boolean
  /** Since when, if it was not before. */
  onlineAt?: number
  idleWarning: boolean
  /** Tokens that can not be renewed any more: not taken back from another page. */
  unrefreshable?: Pick<Session, 'epoch' | 'sid' | 'generation'>
  /** Why this page has no session, where the ledger does not say. */
  noSessionReason?: SignOutReason
  /** Token-free word for what keeps this page from a fresh token; none once it has got one. */
  lastRefreshError?: string
}

export function initialState(online: boolean, phase: State['phase']): State {
  return { phase, identity: 0, identityChanged: false, refreshing: false, online, idleWarning: false }
}

export function withOnline(state: State, { online, now }: { online: boolean; now: number }): State {
  if (state.online === online) return state
  return online ? { ...state, online, onlineAt: now } : { ...state, online }
}

/** The session whose access token this page may use. */
export function liveSession({ ledger, session, identityChanged }: State): Session | undefined {
  return !identityChanged && isLive(ledger, session) ? session : undefined
}

/** The session whose refresh token this page may spend. */
export function currentSession({ ledger, session, identityChanged }: State): Session | undefined {
  return !identityChanged && isCurrent(ledger, session) ? session : undefined
}

/** The ledger of the session that limits hold for: of the one in use, or of one that a refresh cookie may still bring. */
export function heldLedger(state: State, { refreshTokenIn }: Endpoint): Ledger | undefined {
  const { ledger, phase, identityChanged } = state
  const isInCookie = refreshTokenIn === 'cookie' && phase !== 'ready' && !identityChanged && (ledger?.epoch ?? 0) > 0
  return isInCookie || liveSession(state) ? ledger : undefined
}

/** The newest attempt at the generation that is now to be refreshed. */
export function pendingAttempt({ ledger }: State) {
  return ledger?.attempt?.generation === ledger?.generation ? ledger?.attempt : undefined
}

export function statusOf(state: State): SessionStatus {
  if (state.identityChanged) return 'identity-changed'
  if (state.phase === 'overdue') return 'degraded'
  if (state.phase !== 'ready') return 'starting'
  if (!liveSession(state)) return 'signed-out'
  return state.lastRefreshError !== undefined || (pendingAttempt(state)?.failures ?? 0) > 0 ? 'degraded' : 'active'
}

export function signedOutReason({ ledger, noSessionReason }: State): SignOutReason {
  return ledger?.signedOut?.reason ?? noSessionReason ?? 'no-session'
}
