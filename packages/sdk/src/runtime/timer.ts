import type { Clock, Timer as PendingTimer } from '../ports.ts'

/** What one part waits for. */
interface Task {
  /** When the page is to act, in page time; `Infinity` for never. */
  nextAt(): number
  /** Is called whenever the timer fires, for whatever part it was set: looks whether it is due. */
  run?(): void
}

/** The one timer of a page. It promises no punctuality: whoever is called looks at the clock again. */
export interface Timer {
  /** From now on the timer is set for this task, too. Tasks run in the order in which they were added. */
  add(task: Task): void
  /** Sets the timer anew, for the earliest of all tasks. */
  update(): void
  /** Runs all tasks, as if the timer had fired. */
  run(): void
}

/** A timer that was set longer ago may have slept with the laptop, and be late by as much. */
const TRUSTED_MS = 1_000

/** @param closing no timer is set once it has aborted */
export function createTimer(clock: Clock, closing: AbortSignal): Timer {
  const tasks: Task[] = []
  let timer: PendingTimer | undefined
  let setFor: number | undefined
  let setAt = 0

  function clear(): void {
    if (setFor !== undefined) clock.clearTimer(timer)
    setFor = undefined
  }

  function run(): void {
    for (const task of tasks) task.run?.()
  }

  return {
    add: (task) => void tasks.push(task),
    update() {
      const at = closing.aborted ? Number.POSITIVE_INFINITY : Math.min(...tasks.map((task) => task.nextAt()))
      const now = clock.now()
      if (at === setFor && now - setAt < TRUSTED_MS) return
      clear()
      if (at === Number.POSITIVE_INFINITY) return
      setFor = at
      setAt = now
      timer = clock.setTimer(Math.max(0, at - now), () => {
        setFor = undefined
        run()
      })
    },
    run,
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
