import { TokenManagerError } from '../errors.ts'
import type { SignOutReason } from '../types.ts'
import type { SessionPolicy } from './policy.ts'
import { validityMs } from './refresh-time.ts'
import { liveSession, type State, signedOutReason } from './state.ts'

/** What a call needs of the session. */
export interface Need {
  /** Whose page it was when the call was made, see `State.identity`. */
  identity: number
  minValidityMs?: number
  /** A token of a later generation than this, whatever the validity of the present one. */
  newerThan?: { sid: string; generation: number }
  /** A token that was committed then or later, by the wall clock: what a page restores meanwhile may be old. */
  committedSince?: number
}

/** The right to send a request in this turn; in the next one someone may have signed out. */
export interface Granted {
  kind: 'granted'
  identity: number
  sid: string
  generation: number
  /** Absent where the access token is a cookie. */
  accessToken?: string
}

export interface Refused {
  kind: 'refused'
  code: 'identity_changed' | 'signed_out'
  reason?: SignOutReason
}

export type Access = Granted | { kind: 'wait' } | Refused

const WAIT: Access = { kind: 'wait' }

export interface AccessContext {
  now: number
  lead: SessionPolicy['refreshLead']
  /** A limit has passed, but for what other pages may have to say. */
  isInDoubt: boolean
}

/** Whether a call may go ahead, has to wait, or can not be served any more. */
export function accessFor(state: State, need: Need, { now, lead, isInDoubt }: AccessContext): Access {
  if (state.identityChanged || need.identity !== state.identity) {
    return { kind: 'refused', code: 'identity_changed' }
  }
  if (state.phase !== 'ready') return WAIT
  const session = liveSession(state)
  if (!session) return { kind: 'refused', code: 'signed_out', reason: signedOutReason(state) }
  const { sid, generation, accessToken, accessExpiresAt, accessIssuedAt } = session
  const isReplaced = !need.newerThan || need.newerThan.sid !== sid || generation > need.newerThan.generation
  const isNew = isReplaced && session.committedAt >= (need.committedSince ?? session.committedAt)
  const usefulUntil = accessExpiresAt - validityMs(accessExpiresAt - accessIssuedAt, lead, need.minValidityMs)
  if (!isNew || now >= usefulUntil || isInDoubt) return WAIT
  return {
    kind: 'granted',
    identity: state.identity,
    sid,
    generation,
    ...(accessToken !== undefined && { accessToken }),
  }
}

/** The error that a refused call gets. */
export function refusal({ code, reason }: Refused): TokenManagerError {
  return code === 'signed_out'
    ? new TokenManagerError(code, `There is no session (${reason}).`, reason && { reason })
    : new TokenManagerError(
        code,
        'Another sign-in took the place of this one in this browser; reload, or call acknowledgeIdentity().',
      )
}
