const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** How long something took or lasts: `320 ms`, `1.5 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  const wholeMs = Math.max(0, Math.round(ms))
  if (wholeMs < SECOND_MS) return `${wholeMs} ms`
  const tenths = Math.round(wholeMs / 100) / 10
  if (tenths < 10) return `${tenths} s`
  return formatSeconds(Math.round(wholeMs / SECOND_MS))
}

/** How long until an instant, in seconds that were begun; `now` once it has come. */
export function formatCountdown(ms: number): string {
  return ms <= 0 ? 'now' : formatSeconds(Math.ceil(ms / SECOND_MS))
}

/** How long ago: `now`, `12 s ago`, `3 min ago`, `2 h ago`. */
export function formatAge(ms: number): string {
  if (ms < SECOND_MS) return 'now'
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s ago`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`
  return `${Math.floor(ms / HOUR_MS)} h ago`
}

function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return joined([minutes, 'min'], [seconds % 60, 's'])
  return joined([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min'])
}

function joined(whole: [number, string], rest: [number, string]): string {
  return rest[0] === 0 ? whole.join(' ') : `${whole.join(' ')} ${rest.join(' ')}`
}
