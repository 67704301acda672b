import type { Attempt, Endpoint, RefreshTrigger } from '../types.ts'
import type { Spent } from './happening.ts'
import { isCurrent, sameSession } from './reconcile.ts'
import { mayRestore } from './session.ts'
import { currentSession, liveSession, pendingAttempt, type State } from './state.ts'

/** Whose refresh token a flight started now would spend; undefined where there is nothing to refresh. */
export function spendable(state: State, { refreshTokenIn }: Endpoint): Spent | undefined {
  const { ledger, phase } = state
  if (state.identityChanged || phase === 'loading') return undefined
  const live = liveSession(state)
  if (live && refreshTokenIn === 'body') return { ...identity(live), generation: live.generation, over: false }
  if (!live && (phase === 'ready' || refreshTokenIn === 'body' || !mayRestore(state))) return undefined
  if (!ledger) return { epoch: 0, sid: '', generation: 0, over: false }
  return { ...identity(ledger), generation: ledger.generation, over: ledger.signedOut !== undefined }
}

const identity = ({ epoch, sid }: { epoch: number; sid: string }) => ({ epoch, sid })

export type FlightPlan =
  /** Another page did the work, or the session is gone: no request at all. */
  | { kind: 'done' }
  /** A page died with its request under way, and the answer may still bring the cookie that is the only valid one. */
  | { kind: 'wait'; until: number }
  /** The last attempt failed and the next is not due. */
  | { kind: 'later' }
  /** The refresh token that is left here was spent, and can not be repeated. */
  | { kind: 'lost' }
  | { kind: 'send'; key: string | undefined; refreshToken: string | undefined; failures: number }

/** A flight that is asked for by a person or by a wake-up goes ahead of the backoff, but never of a `Retry-After`. */
export function isDue(attempt: Attempt | undefined, trigger: RefreshTrigger, now: number): boolean {
  if (!attempt) return true
  const eager = trigger === 'explicit' || trigger === 'wake'
  return now >= (attempt.notBefore ?? 0) && (eager || now >= (attempt.retryAt ?? 0))
}

export interface PlanInput {
  spent: Spent
  endpoint: Endpoint
  trigger: RefreshTrigger
  now: number
}

/** A page that restored an old record may still repeat the attempt that spent its refresh token. */
function canSpend({ ledger, session }: State, { refreshTokenIn, replays }: Endpoint): boolean {
  if (refreshTokenIn === 'cookie') return true
  if (session?.refreshToken === undefined) return false
  return (replays && ledger?.attempt?.generation === session.generation) || isCurrent(ledger, session)
}

/** What a flight is to do once it holds the lock and has looked again. */
export function planFlight(state: State, { spent, endpoint, trigger, now }: PlanInput): FlightPlan {
  const next = spendable(state, endpoint)
  if (!next || !sameSession(next, spent) || next.generation !== spent.generation) return { kind: 'done' }
  const { ledger, session } = state
  if (!canSpend(state, endpoint)) {
    const usable = now < (session?.accessExpiresAt ?? 0) && (trigger === 'timer' || trigger === 'wake')
    return usable ? { kind: 'later' } : { kind: 'lost' }
  }
  const attempt = ledger?.attempt?.generation === spent.generation ? ledger.attempt : undefined
  // Without a cookie the answer is lost with the page that waited for it: nothing is gained by waiting as well.
  const outlivesPage = endpoint.refreshTokenIn === 'cookie' && !endpoint.replays
  if (attempt && now < attempt.expiresAt && outlivesPage) return { kind: 'wait', until: attempt.expiresAt }
  if (!isDue(attempt, trigger, now)) return { kind: 'later' }
  const refreshToken = endpoint.refreshTokenIn === 'body' ? session?.refreshToken : undefined
  return { kind: 'send', key: attempt?.key, refreshToken, failures: attempt?.failures ?? 0 }
}

/** When this page's next refresh is due of itself; undefined while there is nothing to refresh. */
export function nextRefreshAt(state: State, endpoint: Endpoint): number | undefined {
  if (!spendable(state, endpoint)) return undefined
  const session = liveSession(state)
  if (session && !canSpend(state, endpoint)) return session.accessExpiresAt
  const attempt = pendingAttempt(state)
  const due = attempt?.failures ? (attempt.retryAt ?? 0) : (currentSession(state)?.refreshAt ?? 0)
  return Math.max(due, attempt?.notBefore ?? 0)
}

/** A line that does not move for this long may have a hung page at its head. */
const PATIENCE_MS = 5_000

export interface LineInput {
  spent: Spent
  endpoint: Endpoint
  /** Since when this page stands in line. */
  since: number
}

/**
 * When a page that waits for the lock may go ahead without it: the head of the line is hung, and what it sent can be
 * sent again, or its answer can not come any more. Undefined where only the end of that page helps.
 */
export function mayPassAt(state: State, { spent, endpoint, since }: LineInput): number | undefined {
  const attempt = state.ledger?.attempt
  if (!attempt || !sameSession(state.ledger, spent) || attempt.generation !== spent.generation) return undefined
  if (endpoint.replays) return since + PATIENCE_MS
  return endpoint.refreshTokenIn === 'cookie' ? Math.max(since + PATIENCE_MS, attempt.expiresAt) : undefined
}
