import type { SessionPolicy } from '../types.ts'

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

/** Milliseconds before the next attempt: exponential, with half of it drawn by chance so that pages do not march in step. */
export function backoffMs({ failures, error, retry, random }: BackoffInput): number {
  const grownMs = Math.min(retry.maxMs, retry.firstMs * retry.factor ** (failures - 1))
  const baseMs = CLIENT_ERROR.test(error) ? Math.max(grownMs, retry.maxMs / 4) : grownMs
  return baseMs * (0.5 + random / 2)
}
