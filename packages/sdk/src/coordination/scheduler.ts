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

/** Resolves after `ms`, or at once when one of the signals aborts; never rejects. */
export function sleep(clock: Clock, ms: number, ...signals: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some(({ aborted }) => aborted)) return resolve()
    const done = () => {
      clock.clearTimer(timer)
      for (const signal of signals) signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.setTimer(ms, done)
    for (const signal of signals) signal.addEventListener('abort', done, { once: true })
  })
}
