// Wall and monotonic clock drift apart by fractions of a second when the time is disciplined; that is no jump.
export const JUMP_MS = 1_000

/** One look at the clocks. */
export interface PageTime {
  /** Epoch milliseconds that never run backward. */
  now: number
  /** How far page time is ahead of the wall clock because somebody set that back. */
  lagMs: number
  /** What to add to the monotonic clock to get page time. */
  offsetMs: number
}

/**
 * Page time after another look. While the monotonic clock goes on and the wall clock goes back, somebody set it: page
 * time follows the monotonic one then. A wall clock that runs ahead is believed, because a sleeping laptop looks the same.
 */
export function tellTime(former: PageTime | undefined, wall: number, monotonic: number): PageTime {
  if (!former) return { now: wall, lagMs: 0, offsetMs: wall - monotonic }
  const behindMs = Math.round(monotonic + former.offsetMs - (wall + former.lagMs))
  const lagMs = behindMs > JUMP_MS ? former.lagMs + behindMs : former.lagMs
  return { now: Math.max(former.now, wall + lagMs), lagMs, offsetMs: wall + lagMs - monotonic }
}
