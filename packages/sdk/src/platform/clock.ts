import type { Clock } from '../ports.ts'
import { leapMsSince, type PageTime, tellTime } from '../session/page-time.ts'

// A larger delay overflows the timer's 32 bits and fires at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1

interface PendingTimer {
  handle?: ReturnType<typeof setTimeout>
  isCleared?: boolean
}

/**
 * Browsers count how often a timer was set by a timer, and in a page that has been hidden for minutes fire such a chain
 * once a minute only: too late for a limit. What runs in the task of a message begins no chain.
 */
function runUnthrottled(run: () => void): void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    run()
  }
  port2.postMessage(undefined)
}

const isHidden = () => globalThis.document?.visibilityState === 'hidden'

/** The browser's clock. */
export function createClock(): Clock {
  let time: PageTime | undefined

  function start(timer: PendingTimer, delayMs: number, callback: () => void): void {
    const turnMs = Math.min(delayMs, LONGEST_TIMER_MS)
    const fire = () => {
      if (timer.isCleared) return
      if (delayMs > turnMs) start(timer, delayMs - turnMs, callback)
      else callback()
    }
    timer.handle = setTimeout(() => (isHidden() ? runUnthrottled(fire) : fire()), turnMs)
  }

  function readClocks(wall: number): PageTime {
    time = tellTime(time, wall, performance.now())
    return time
  }

  return {
    now: () => readClocks(Date.now()).now,
    wallNow: () => Date.now(),
    lagMs() {
      const wall = Date.now()
      return readClocks(wall).now - wall
    },
    leapMs: (since) => leapMsSince(since, readClocks(Date.now())),
    setTimer(delayMs, callback) {
      const timer: PendingTimer = {}
      start(timer, delayMs, callback)
      return timer
    },
    clearTimer(timer) {
      const pending = timer as PendingTimer | undefined
      if (!pending) return
      pending.isCleared = true
      clearTimeout(pending.handle)
    },
  }
}
