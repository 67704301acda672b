import type {
  Attempt,
  Ledger,
  Owed,
  RefreshTrigger,
  Session,
  SessionEnd,
  SessionEventDetail,
  SignOutReason,
} from '../types.ts'
import type { State } from './state.ts'

/** What a page learns of the session from elsewhere, or does to it. */
export type Action =
  | {
      type: 'remote-state'
      from: 'peer' | 'ledger' | 'store'
      ledger?: Ledger | undefined
      session?: Session | undefined
    }
  | { type: 'phase'; phase: 'restoring' | 'overdue' | 'ready' }
  | { type: 'signed-in'; session: Session; now: number; revokedBy?: RevokedBy | undefined }
  | { type: 'session-started'; login: string; now: number; revokedBy?: RevokedBy | undefined }
  | { type: 'attempted'; attempt: Attempt; trigger: RefreshTrigger; now: number }
  /** `pause`: before the next attempt. `error`: what was wrong with the answer, but for the new refresh token in it. */
  | { type: 'committed'; session: Session; attempt: Attempt; pause?: Attempt | undefined; error?: string; now: number }
  | { type: 'failed'; target: RefreshTarget; attempt: Attempt; error: string; durationMs: number; now: number }
  | { type: 'rejected'; target: RefreshTarget; attempt: Attempt; error: string; durationMs: number; now: number }
  | { type: 'refused'; target: RefreshTarget; tokens: Revocable; now: number }
  /** A token of that sign-in that had just been refreshed got a `401`. */
  | { type: 'unauthorized'; sid: string; now: number }
  | { type: 'unrefreshable' }
  | { type: 'wait-timed-out' }
  | { type: 'refresh-settled' }
  /** It is to end once its tokens are known, which the endpoint is to be told of. */
  | { type: 'sign-out-pending' }
  | { type: 'signed-out'; reason: SessionEnd['reason']; now: number; revokedBy?: RevokedBy | undefined }
  /** `generation`: at which that session had ended. */
  | { type: 'revoked'; of: Ended; generation?: number | undefined }
  | { type: 'revocation-lost'; of: Ended }
  | { type: 'sign-in-begun'; revokedBy?: RevokedBy | undefined }
  | { type: 'online'; online: boolean; now: number }
  | { type: 'active'; now: number }
  | { type: 'idle-warning'; idleEndsAt: number }
  | { type: 'acknowledged' }

/**
 * By what the endpoint knows the session that ended. `cookie`: by the refresh cookie that the browser has at that moment,
 * which may be somebody else's by then. `name`: the request says which session it means.
 */
export type RevokedBy = 'token' | 'name' | 'cookie'

/** Which session ended. */
export type Ended = Pick<Owed, 'epoch' | 'sid' | 'sessionId'>

/** What is that session's own. */
export type Revocable = Pick<Session, 'refreshToken' | 'accessToken'>

/** Whose refresh token was spent. */
export interface RefreshTarget {
  epoch: number
  sid: string
  generation: number
  /** The generation of the tokens that the page had when it stood in line; -1 for none. */
  known: number
  /** That session was known to have ended: only a cookie that someone else renewed can answer. */
  over: boolean
}

/** What the runner is to do about it, in this order. */
export type Effect =
  | { type: 'emit'; event: SessionEventDetail }
  | { type: 'write-ledger' }
  /** It is for another page to write, and must not be missing. */
  | { type: 'ensure-ledger' }
  | { type: 'save'; adopted: boolean }
  | { type: 'clear-store'; adopted: boolean }
  /** Tell the other pages; the tokens only where they are new. */
  | { type: 'publish'; tokens: boolean }
  /** The endpoint is to be told that the session has ended; by this page first, or by the one whose `isOwn` act it was. */
  | { type: 'revoke'; ended: Ended; tokens: Revocable; isOwn: boolean }
  /** There is a session whose tokens this page has not got. */
  | { type: 'request-session' }
  /** This page has no session any more. */
  | { type: 'ended'; reason: SignOutReason }

export type Transition = readonly [State, readonly Effect[]]

export type RemoteState = Action & { type: 'remote-state' }

export function emit(event: SessionEventDetail): Effect {
  return { type: 'emit', event }
}
