import type { ReuseMode } from './rotation.ts'

/** How long tokens and sessions last and what reuse means, in milliseconds. Read anew for each request. */
export interface TokenPolicy {
  rotate: boolean
  reuse: ReuseMode
  graceMs: number
  accessLifetimeMs: number
  refreshLifetimeMs: number
  sessionLifetimeMs: number
  /** Before the expiry of the access token; see {@link refreshThresholdMs}. */
  autoRefreshThresholdMs: number | undefined
  /** Of one user, at once. */
  maxSessions: number
}

const DEFAULT_THRESHOLD_RATIO = 2 / 15
const MAX_THRESHOLD_RATIO = 1 / 2

/** How long before its expiry an access token needs a refresh: never in the first half of its lifetime. */
export function refreshThresholdMs({ accessLifetimeMs, autoRefreshThresholdMs }: TokenPolicy): number {
  const thresholdMs = autoRefreshThresholdMs ?? accessLifetimeMs * DEFAULT_THRESHOLD_RATIO
  return Math.min(thresholdMs, accessLifetimeMs * MAX_THRESHOLD_RATIO)
}
