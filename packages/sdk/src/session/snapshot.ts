import { defined, frozen } from '../codec/json.ts'
import type { Endpoint, SessionSnapshot } from '../types.ts'
import { limitsOf } from './limits.ts'
import type { SessionPolicy } from './policy.ts'
import { nextRefreshAt } from './refresh-plan.ts'
import { liveSession, type State, signedOutReason, statusOf } from './state.ts'

export interface SnapshotInput {
  policy: SessionPolicy
  endpoint: Endpoint
  /** How far page time is ahead of the wall clock that people see. */
  lagMs: number
}

/** What a user interface shows of the state; token-free and frozen. */
export function snapshotOf(state: State, { policy, endpoint, lagMs }: SnapshotInput): SessionSnapshot {
  const status = statusOf(state)
  const session = liveSession(state)
  const limits = session ? limitsOf(state.ledger, policy) : {}
  const wallTime = (at: number | undefined) => (at === undefined ? undefined : Math.round(at - lagMs))
  return Object.freeze(
    defined({
      status,
      refreshing: state.refreshing,
      online: state.online,
      subject: session?.subject,
      otherSubject: state.identityChanged ? state.session?.subject : undefined,
      claims: frozen(session?.claims),
      generation: session?.generation ?? 0,
      accessExpiresAt: wallTime(session?.accessExpiresAt),
      nextRefreshAt: wallTime(session && (nextRefreshAt(state, endpoint) || undefined)),
      refreshExpiresAt: wallTime(session?.refreshExpiresAt),
      sessionEndsAt: wallTime(limits.sessionEndsAt),
      idleEndsAt: wallTime(limits.idleEndsAt),
      idleWarning: state.idleWarning,
      signedOutReason: status === 'signed-out' ? signedOutReason(state) : undefined,
      lastError: state.lastRefreshError === undefined ? undefined : ('refresh_unavailable' as const),
    }),
  )
}

/** The former snapshot if nothing in it has changed, so that user interfaces need not draw again. */
export function sameOrNext(former: SessionSnapshot | undefined, next: SessionSnapshot): SessionSnapshot {
  const a = former as Record<string, unknown> | undefined
  const b = next as unknown as Record<string, unknown>
  if (!former || !a) return next
  const keys = Object.keys(b)
  return keys.length === Object.keys(a).length && keys.every((key) => a[key] === b[key]) ? former : next
}
