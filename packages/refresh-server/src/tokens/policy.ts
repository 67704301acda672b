import type { ReuseMode } from './rotation.ts'

/** Lifetimes and rules of tokens and sessions. Durations are in milliseconds. Each request reads the current policy. */
export interface TokenPolicy {
  rotate: boolean
  reuse: ReuseMode
  graceMs: number
  accessLifetimeMs: number
  refreshLifetimeMs: number
  sessionLifetimeMs: number
  /** How long before its expiry an access token needs a refresh; see {@link refreshThresholdMs}. */
  autoRefreshThresholdMs: number | undefined
  /** How many sessions one user may have at the same time. */
  maxSessions: number
}

const DEFAULT_THRESHOLD_RATIO = 2 / 15
const MAX_THRESHOLD_RATIO = 1 / 2

/** How long before its expiry an access token needs a refresh. At most half of its lifetime. */
export function refreshThresholdMs({ accessLifetimeMs, autoRefreshThresholdMs }: TokenPolicy): number {
  const thresholdMs = autoRefreshThresholdMs ?? accessLifetimeMs * DEFAULT_THRESHOLD_RATIO
  return Math.min(thresholdMs, accessLifetimeMs * MAX_THRESHOLD_RATIO)
}
