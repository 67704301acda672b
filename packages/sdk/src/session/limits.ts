import type { Ledger } from '../types.ts'
import type { SessionPolicy } from './policy.ts'

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

/** When the first limit ends the session. */
export function endsAt({ sessionEndsAt, idleEndsAt }: Limits): number {
  return Math.min(sessionEndsAt ?? Number.POSITIVE_INFINITY, idleEndsAt ?? Number.POSITIVE_INFINITY)
}

export type Judgement = 'ok' | 'warn' | 'idle' | 'session-limit'

export function judge(limits: Limits, now: number): Judgement {
  if (now >= (limits.sessionEndsAt ?? Number.POSITIVE_INFINITY)) return 'session-limit'
  if (now >= (limits.idleEndsAt ?? Number.POSITIVE_INFINITY)) return 'idle'
  return now >= (limits.idleWarningAt ?? Number.POSITIVE_INFINITY) ? 'warn' : 'ok'
}
