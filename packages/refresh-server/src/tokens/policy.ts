import type { ReuseMode } from './rotation.ts'

/** How long tokens and sessions last and what reuse means, in milliseconds. Read anew for each request. */
export interface TokenPolicy {
  rotate: boolean
  reuse: ReuseMode
  graceMs: number
  accessLifetimeMs: number
  refreshLifetimeMs: number
  sessionLifetimeMs: number
  /** Of one user, at once. */
  maxSessions: number
}
