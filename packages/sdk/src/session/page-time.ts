// Wall and monotonic clock drift apart by fractions of a second when the time is disciplined; that is no jump.
export const JUMP_MS = 1_000

/** A span of page time that nobody lived through, as far as this page can tell: sleep, or a clock set forward. */
type Leap = readonly [from: number, to: number]

/** More are not told apart: what lies before them counts as one. */
const MOST_LEAPS = 8

/** One look at the clocks. */
export interface PageTime {
  /** Epoch milliseconds that never run backward. */
  now: number
  /** How far page time is ahead of the wall clock because somebody set that back. */
  lagMs: number
  /** What to add to the monotonic clock to get page time. */
  offsetMs: number
  /** The first is all that was before this page. */
  leaps: readonly Leap[]
}

function leapTo(former: readonly Leap[], leap: Leap): readonly Leap[] {
  const [[begin] = leap, [, end] = leap, ...newest] = former
  return former.length < MOST_LEAPS ? [...former, leap] : [[begin, end], ...newest, leap]
}

/**
 * Page time after another look. While the monotonic clock goes on and the wall clock goes back, somebody set it: page
 * time follows the monotonic one then. A wall clock that runs ahead is believed, because a sleeping laptop looks the same.
 */
export function tellTime(former: PageTime | undefined, wall: number, monotonic: number): PageTime {
  if (!former) return { now: wall, lagMs: 0, offsetMs: wall - monotonic, leaps: [[Number.NEGATIVE_INFINITY, wall]] }
  const behindMs = Math.round(monotonic + former.offsetMs - (wall + former.lagMs))
  const lagMs = behindMs > JUMP_MS ? former.lagMs + behindMs : former.lagMs
  const now = Math.max(former.now, wall + lagMs)
  const leaps = behindMs < -JUMP_MS ? leapTo(former.leaps, [now + behindMs, now]) : former.leaps
  return { now, lagMs, offsetMs: wall + lagMs - monotonic, leaps }
}

/** How much of the page time since then may not have gone by: sleep and a clock that is set forward look the same. */
export function leapMsSince(since: number, { leaps }: PageTime): number {
  return leaps.reduce((sum, [from, to]) => sum + Math.max(0, to - Math.max(from, since)), 0)
}
