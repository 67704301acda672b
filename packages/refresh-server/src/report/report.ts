import type { Period } from '../audit/trail.ts'
import { DAY_MS } from '../duration.ts'

/** What the audit trail says about a period. Durations in milliseconds, instants in ISO 8601, days in UTC. */
export interface Report {
  period: { name: string; from: string; until: string }
  usage: {
    operations: number
    users: number
    sessions: number
    signIns: number
    /** By cause. */
    sessionsEnded: Record<string, number>
  }
  refreshes: {
    granted: number
    refused: number
    /** Of the refreshes with a token that was ever ours, those that were granted; null if there were none. */
    successRate: number | null
    byResult: Record<string, number>
  }
  signIns: { day: string; username: string; signIns: number }[]
  /** Of the sessions that did something in the period: from the sign-in to the last thing they did. */
  sessionLengths: { sessions: number; medianMs: number | null; p95Ms: number | null; longestMs: number | null }
  reuseEvents: ReuseEvent[]
  failedAttempts: {
    total: number
    byReason: { operation: string; reason: string; attempts: number }[]
    /** Those with most attempts. */
    byAddress: { address: string; attempts: number; users: number }[]
    byUser: { username: string; attempts: number }[]
  }
  policyViolations: PolicyViolation[]
  breachNotice: BreachNotice
}

export interface ReuseEvent {
  at: string
  username: string
  sessionId: string
  address: string
  /** Fingerprint of the refresh token that was used twice. */
  token: string
}

export const VIOLATIONS = {
  'reused-token': 'a refresh token was used twice',
  'too-many-sessions': 'the user had too many sessions at once, and the oldest was ended',
  'session-too-long': 'a session went on beyond the limit of the policy',
  'missing-role': 'something was asked for that needs another role',
  'too-many-requests': 'more was asked for than the rate limits allow',
} as const

export interface PolicyViolation {
  kind: keyof typeof VIOLATIONS
  /** Nobody where a request came without a session. */
  username: string | null
  times: number
  sessions: string[]
  firstAt: string
  lastAt: string
}

/** What a breach notice has to say (GDPR Art. 33 and 34, 45 CFR 164.404): whose sessions others may have had, and when. */
export interface BreachNotice {
  users: string[]
  /** The whole of the time in which somebody else may have had access; null if nothing points to that. */
  from: string | null
  until: string | null
  sessions: ExposedSession[]
}

export interface ExposedSession {
  sessionId: string
  username: string
  signedInAt: string
  /** The first use of the token that came again: since then two may have had it. */
  exposedFrom: string
  detectedAt: string
  /** When the session was ended, and nobody could use it any more. */
  exposedUntil: string
  addresses: string[]
  refreshesGranted: number
}

export interface ReportSettings {
  name: string
  period: Period
  /** How long a session may last by the policy. */
  sessionLifetimeMs: number
}

const DAYS = { daily: 1, weekly: 7, monthly: 30 } as const

export type PeriodName = keyof typeof DAYS

export const PERIOD_NAMES: readonly string[] = Object.keys(DAYS)

export function isPeriodName(text: unknown): text is PeriodName {
  return typeof text === 'string' && Object.hasOwn(DAYS, text)
}

/** The 1, 7 or 30 days that end at an instant. */
export function periodBefore(until: number, name: PeriodName): Period {
  return { from: until - DAYS[name] * DAY_MS, until }
}
