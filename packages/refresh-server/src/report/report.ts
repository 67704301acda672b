import type { Period } from '../audit/trail.ts'
import { DAY_MS } from '../duration.ts'

/** A summary of the audit trail for a period. Durations are in milliseconds, instants in ISO 8601, days in UTC. */
export interface Report {
  period: { name: string; from: string; until: string }
  usage: {
    operations: number
    users: number
    sessions: number
    signIns: number
    /** How many sessions ended early, by cause. */
    sessionsEnded: Record<string, number>
  }
  refreshes: {
    granted: number
    refused: number
    /** The share of granted refreshes among those with a token of this server; null without any. */
    successRate: number | null
    byResult: Record<string, number>
  }
  signIns: { day: string; username: string; signIns: number }[]
  /** Time from the sign-in to the last operation, of all sessions with an operation in the period. */
  sessionLengths: { sessions: number; medianMs: number | null; p95Ms: number | null; longestMs: number | null }
  reuseEvents: ReuseEvent[]
  failedAttempts: {
    total: number
    byReason: { operation: string; reason: string; attempts: number }[]
    /** The addresses with most attempts. */
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
  'session-too-long': 'a session lasted longer than the policy allows',
  'missing-role': 'a request needed a role that the user does not have',
  'too-many-requests': 'a rate limit was reached',
} as const

export interface PolicyViolation {
  kind: keyof typeof VIOLATIONS
  /** Null if the request had no session. */
  username: string | null
  times: number
  sessions: string[]
  firstAt: string
  lastAt: string
}

/**
 * What a breach notice needs (GDPR Art. 33 and 34, 45 CFR 164.404): whose sessions somebody else may have used, and when.
 */
export interface BreachNotice {
  users: string[]
  /** The whole time in which somebody else may have had access; null if there is no sign of that. */
  from: string | null
  until: string | null
  sessions: ExposedSession[]
}

export interface ExposedSession {
  sessionId: string
  username: string
  signedInAt: string
  /** The first use of the reused token. From then on two parties may have had it. */
  exposedFrom: string
  detectedAt: string
  /** When the session was ended. */
  exposedUntil: string
  addresses: string[]
  refreshesGranted: number
}

export interface ReportSettings {
  name: string
  period: Period
  /** The longest session that the policy allows. */
  sessionLifetimeMs: number
}

const DAYS = { daily: 1, weekly: 7, monthly: 30 } as const

export type PeriodName = keyof typeof DAYS

export const PERIOD_NAMES: readonly string[] = Object.keys(DAYS)

export function isPeriodName(text: unknown): text is PeriodName {
  return typeof text === 'string' && Object.hasOwn(DAYS, text)
}

/** The 1, 7 or 30 days before an instant. */
export function periodBefore(until: number, name: PeriodName): Period {
  return { from: until - DAYS[name] * DAY_MS, until }
}
