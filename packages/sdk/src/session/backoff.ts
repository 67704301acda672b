import type { SessionPolicy } from './policy.ts'

// A client error says that something is set up wrong: asking often does not mend it.
const CLIENT_ERROR = /^http_4(?!08|25|29)/

export interface BackoffInput {
  /** How many attempts failed so far, this one included. */
  failures: number
  /** The word for what happened, see `RefreshOutcome`. */
  error: string
  retry: SessionPolicy['retry']
  /** In [0, 1). */
  random: number
}

// A connection that is lost is mostly back within a minute, and until then asking costs the endpoint nothing.
const QUICK_TRIES = 12
const QUICK_MS = 4_000

function grownMs(failures: number, { firstMs, factor, maxMs }: SessionPolicy['retry']): number {
  return Math.min(maxMs, firstMs * factor ** (failures - 1))
}

/** Milliseconds before the next attempt: exponential, with half of it drawn by chance so that pages do not march in step. */
export function backoffMs({ failures, error, retry, random }: BackoffInput): number {
  let baseMs = grownMs(failures, retry)
  if (CLIENT_ERROR.test(error)) baseMs = Math.max(baseMs, retry.maxMs / 4)
  if (error === 'network' && failures <= QUICK_TRIES) baseMs = Math.min(baseMs, Math.max(QUICK_MS, retry.firstMs))
  return baseMs * (0.5 + random / 2)
}
