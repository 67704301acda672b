import type { Clock } from '../../../packages/sdk/src/ports.ts'
import { leapMsSince, type PageTime, tellTime } from '../../../packages/sdk/src/session/page-time.ts'
import type { Machine } from './machine.ts'
import type { Cancel, Dice, Timeline } from './timeline.ts'

export interface PageClockParts {
  timeline: Timeline
  dice: Dice
  machine: Machine
  life(): 'live' | 'hidden' | 'frozen' | 'cached' | 'gone'
  /** Lets a timer that is due call back. */
  ring(task: () => void): void
}

interface PendingTimer {
  cancel: Cancel
  /** Fires it, if it is due by the machine's time without sleep: on many a laptop the timers sleep, too. */
  fire(): void
  dueWhileFrozen: boolean
}

/** Time as one page has it. */
export interface PageClock {
  readonly clock: Clock
  /** How many timers are set. */
  count(): number
  /** Those that became due before this, and could not fire. */
  missed(): Array<() => void>
  stop(): void
}

export function createPageClock({ timeline, dice, machine, life, ring }: PageClockParts): PageClock {
  const timers = new Set<PendingTimer>()
  const stopped = () => life() === 'frozen' || life() === 'cached'
  let time: PageTime | undefined

  function look(): PageTime {
    time = tellTime(time, machine.wallNow(), machine.monotonicNow())
    return time
  }
  const now = () => look().now

  return {
    clock: {
      now,
      wallNow: machine.wallNow,
      lagMs: () => now() - machine.wallNow(),
      leapMs: (since) => leapMsSince(since, look()),
      setTimer(delayMs, callback) {
        const everyMs = machine.hiddenTimersEveryMs
        const lateMs = life() === 'hidden' ? Math.ceil(delayMs / everyMs) * everyMs - delayMs : dice.next()
        const dueAt = machine.monotonicNow() + delayMs + lateMs
        const timer: PendingTimer = {
          cancel: () => {},
          dueWhileFrozen: false,
          fire() {
            const earlyMs = dueAt - machine.monotonicNow()
            timer.dueWhileFrozen = earlyMs <= 1e-3 && stopped()
            if (earlyMs > 1e-3) timer.cancel = timeline.after(earlyMs, timer.fire)
            else if (!stopped()) ring(() => timers.delete(timer) && callback())
          },
        }
        if (life() === 'gone') return timer
        timer.cancel = timeline.after(delayMs + lateMs, timer.fire)
        timers.add(timer)
        return timer
      },
      clearTimer(timer) {
        const pending = timer as PendingTimer | undefined
        if (!pending) return
        pending.cancel()
        timers.delete(pending)
      },
    },
    count: () => timers.size,
    missed() {
      const due = [...timers].filter((timer) => timer.dueWhileFrozen)
      return due.map((timer) => () => {
        if (timers.has(timer)) timer.fire()
      })
    },
    stop() {
      for (const timer of timers) timer.cancel()
      timers.clear()
    },
  }
}
