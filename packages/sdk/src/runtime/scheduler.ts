import type { Clock, Timer } from '../ports.ts'

/** The one timer of a page. It promises no punctuality: whoever is called looks at the clock again. */
export interface Scheduler {
  /** Calls back at `at` (page time) or later; replaces what was set before. */
  set(at: number | undefined): void
}

/** A timer that was set longer ago may have slept with the laptop, and be late by as much. */
const TRUSTED_MS = 1_000

export function createScheduler(clock: Clock, onDue: () => void): Scheduler {
  let timer: Timer | undefined
  let setFor: number | undefined
  let setAt = 0

  function clear(): void {
    if (setFor !== undefined) clock.clearTimer(timer)
    setFor = undefined
  }

  return {
    set(at) {
      const now = clock.now()
      if (at === setFor && now - setAt < TRUSTED_MS) return
      clear()
      if (at === undefined || at === Number.POSITIVE_INFINITY) return
      setFor = at
      setAt = now
      timer = clock.setTimer(Math.max(0, at - now), () => {
        setFor = undefined
        onDue()
      })
    },
  }
}

/**
 * Resolves after `ms`, or as soon as one of `ends` aborts or settles; never rejects.
 * @returns whether all of `ms` went by
 */
export function sleep(clock: Clock, ms: number, ...ends: (AbortSignal | Promise<unknown>)[]): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isOver: boolean) => {
      clock.clearTimer(timer)
      for (const end of ends) if ('aborted' in end) end.removeEventListener('abort', wake)
      resolve(isOver)
    }
    const wake = () => settle(false)
    const timer = clock.setTimer(ms, () => settle(true))
    for (const end of ends) {
      if (!('aborted' in end)) end.then(wake, wake)
      else if (end.aborted) return wake()
      else end.addEventListener('abort', wake, { once: true })
    }
  })
}
