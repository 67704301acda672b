import { formatDuration } from '../format/duration.ts'
import type { BurstResult } from './burst.ts'

/** `50 ok, 0 failed in 212 ms, 1 refresh` */
export function describeBurst({ ok, failed, reasons, durationMs, refreshes }: BurstResult): string {
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`
  return `${ok} ok, ${failed} failed${why} in ${formatDuration(durationMs)}, ${refreshes} ${refreshes === 1 ? 'refresh' : 'refreshes'}`
}
