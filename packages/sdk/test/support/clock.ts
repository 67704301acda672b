import type { Clock } from '../../src/ports.ts'
import { leapMsSince } from '../../src/session/page-time.ts'
import { NOON } from './sessions.ts'

interface Pending {
  at: number
  callback: () => void
}

/** A clock that a test turns. */
export interface FakeClock extends Clock {
  /** Timers that are set. */
  readonly pending: number
  /** Lets time pass, and settles what hangs on promises. */
  run(ms: number): Promise<void>
  /** Time passes, and no timer fires: the machine slept. */
  sleep(ms: number): void
  /** Somebody sets the wall clock; page time goes on. */
  setWall(byMs: number): void
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

export function createFakeClock(): FakeClock {
  const timers = new Set<Pending>()
  let now = NOON
  let lagMs = 0
  let leaps: Array<readonly [from: number, to: number]> = [[Number.NEGATIVE_INFINITY, NOON]]

  return {
    get pending() {
      return timers.size
    },
    now: () => now,
    wallNow: () => now - lagMs,
    lagMs: () => lagMs,
    leapMs: (since) => leapMsSince(since, { now, lagMs, offsetMs: 0, leaps }),
    setTimer(delayMs, callback) {
      const timer = { at: now + delayMs, callback }
      timers.add(timer)
      return timer
    },
    clearTimer: (timer) => void timers.delete(timer as Pending),
    async run(ms) {
      const until = now + ms
      await settled()
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
        if (!due) break
        timers.delete(due)
        now = Math.max(now, due.at)
        due.callback()
        await settled()
      }
      now = until
    },
    sleep(ms) {
      leaps = [...leaps, [now, now + ms]]
      now += ms
    },
    setWall(byMs) {
      lagMs -= byMs
    },
  }
}
