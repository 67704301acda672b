import { type PageTime, tellTime } from '../decisions/page-time.ts'
import type { Clock } from '../ports.ts'

// A larger delay overflows the timer's 32 bits and fires at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1

interface PendingTimer {
  handle?: ReturnType<typeof setTimeout>
}

/** The browser's clock. */
export function createClock(): Clock {
  let time: PageTime | undefined

  function start(timer: PendingTimer, delayMs: number, callback: () => void): void {
    const turnMs = Math.min(delayMs, LONGEST_TIMER_MS)
    timer.handle = setTimeout(() => {
      if (delayMs > turnMs) start(timer, delayMs - turnMs, callback)
      else callback()
    }, turnMs)
  }

  return {
    now() {
      time = tellTime(time, Date.now(), performance.now())
      return time.now
    },
    wallNow: () => Date.now(),
    setTimer(delayMs, callback) {
      const timer: PendingTimer = {}
      start(timer, delayMs, callback)
      return timer
    },
    clearTimer(timer) {
      clearTimeout((timer as PendingTimer | undefined)?.handle)
    },
  }
}
