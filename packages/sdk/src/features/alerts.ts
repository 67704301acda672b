import type { AlertName, SessionEventDetail } from '../types.ts'

export type Alert = Extract<SessionEventDetail, { type: 'alert' }>

export const WATCHED_ATTEMPTS = 100
export const WATCHED_RENEWALS = 10
const MAX_SESSION_MS = 12.5 * 3_600_000

/** What the alerts are judged by. */
export interface Watched {
  /** Of the last attempts, whether each failed. */
  readonly failed: readonly boolean[]
  /** Why the last attempt failed; empty once one succeeded. */
  readonly error: string
  /** When the session was last renewed, here or elsewhere. */
  readonly renewedAt: readonly number[]
  readonly accessLifetimeMs: number
  /** Two attempts for one generation were seen. */
  readonly concurrent: boolean
  readonly sessionMs: number
}

/** Expected is one refresh in a lifetime; a policy may ask for two. */
function isUnusualRate({ renewedAt: [first = 0, ...later], accessLifetimeMs }: Watched): boolean {
  return later.length === WATCHED_RENEWALS - 1 && ((later.at(-1) ?? 0) - first) * 3 < accessLifetimeMs * later.length
}

const CONDITIONS: readonly [AlertName, Alert['severity'], holds: (watched: Watched) => boolean][] = [
  ['refresh-failure-rate', 'high', ({ failed }) => failed.filter(Boolean).length > WATCHED_ATTEMPTS / 100],
  ['refresh-token-reused', 'high', ({ error }) => /reuse/.test(error)],
  ['concurrent-refresh', 'high', ({ concurrent }) => concurrent],
  ['session-too-long', 'medium', ({ sessionMs }) => sessionMs > MAX_SESSION_MS],
  ['unusual-refresh-rate', 'medium', isUnusualRate],
  ['token-validation', 'medium', ({ error }) => /^(invalid_response|not_json|http_204.empty)$/.test(error)],
]

/** The alerts whose condition holds. */
export function alertsFor(watched: Watched): Alert[] {
  return CONDITIONS.flatMap(([name, severity, holds]) => (holds(watched) ? [{ type: 'alert', name, severity }] : []))
}
