import type { Endpoint, Ledger } from '../types.ts'
import type { SessionPolicy } from './policy.ts'
import { heldLedger, type State } from './state.ts'

export interface Limits {
  sessionEndsAt?: number
  idleWarningAt?: number
  idleEndsAt?: number
}

const USUAL_WARNING_MS = 60_000
/** What WCAG 2.2 (success criterion 2.2.1) gives people to say that they are still there. */
const LEAST_WARNING_MS = 20_000

function usualWarningMs(idleTimeoutMs: number): number {
  const halfMs = idleTimeoutMs / 2
  return idleTimeoutMs > LEAST_WARNING_MS ? Math.max(LEAST_WARNING_MS, Math.min(USUAL_WARNING_MS, halfMs)) : halfMs
}

/** The instants at which the policy warns about, or ends, a session. */
export function limitsOf(ledger: Ledger | undefined, policy: SessionPolicy): Limits {
  if (!ledger || ledger.signedOut) return {}
  const { sessionMaxMs, idleTimeoutMs, idleWarningMs } = policy
  const limits: Limits = {}
  if (sessionMaxMs !== undefined) limits.sessionEndsAt = ledger.signedInAt + sessionMaxMs
  if (idleTimeoutMs !== undefined) {
    limits.idleEndsAt = ledger.lastActivityAt + idleTimeoutMs
    limits.idleWarningAt = limits.idleEndsAt - (idleWarningMs ?? usualWarningMs(idleTimeoutMs))
  }
  return limits
}

/** What limits are judged by, beside the state. */
export interface LimitContext {
  policy: SessionPolicy
  transport: Endpoint
}

/** The limits of the session that this page uses, or that a refresh cookie may still bring. */
export function heldLimits(state: State, { policy, transport }: LimitContext): Limits {
  return limitsOf(heldLedger(state, transport), policy)
}

/** Whether a limit has passed: nothing may be used then, also while the other pages are still being asked. */
export function isOver(state: State, context: LimitContext, now: number): boolean {
  return now >= endsAt(heldLimits(state, context))
}

/** Whether nothing may be used of the session: it is over, or is to be signed out as soon as its tokens are known. */
export function isBlocked(state: State, context: LimitContext, now: number): boolean {
  return state.signOutPending === true || isOver(state, context, now)
}

/** When the first limit ends the session. */
export function endsAt({ sessionEndsAt, idleEndsAt }: Limits): number {
  return Math.min(sessionEndsAt ?? Number.POSITIVE_INFINITY, idleEndsAt ?? Number.POSITIVE_INFINITY)
}

export type Judgement = 'ok' | 'warn' | 'idle' | 'session-limit'

export function evaluateLimits(limits: Limits, now: number): Judgement {
  if (now >= (limits.sessionEndsAt ?? Number.POSITIVE_INFINITY)) return 'session-limit'
  if (now >= (limits.idleEndsAt ?? Number.POSITIVE_INFINITY)) return 'idle'
  return now >= (limits.idleWarningAt ?? Number.POSITIVE_INFINITY) ? 'warn' : 'ok'
}
