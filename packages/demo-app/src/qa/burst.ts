import { failureWord } from '../format/failure.ts'

export interface BurstOptions {
  count: number
  request: () => Promise<unknown>
  /** How many refreshes there have been. */
  refreshes: () => number
  /** Milliseconds. */
  now: () => number
}

export interface BurstResult {
  ok: number
  failed: number
  /** Why requests failed, each reason once. */
  reasons: string[]
  durationMs: number
  refreshes: number
}

/** Sends many requests at once. */
export async function burst({ count, request, refreshes, now }: BurstOptions): Promise<BurstResult> {
  const [startedAt, refreshesBefore] = [now(), refreshes()]
  const results = await Promise.allSettled(Array.from({ length: count }, request))
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [failureWord(result.reason)] : []))
  return {
    ok: count - reasons.length,
    failed: reasons.length,
    reasons: [...new Set(reasons)],
    durationMs: now() - startedAt,
    refreshes: refreshes() - refreshesBefore,
  }
}
