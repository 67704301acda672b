import { parentPort, workerData } from 'node:worker_threads'
import { type Breakage, breakSdk } from './breakage.ts'
import type { ScheduleResult } from './schedule.ts'

/** A share of the seeds: every `stride`th from `first` to `last`. */
export interface Share {
  first: number
  last: number
  stride: number
  steps: number
  breakage?: Breakage
  /** Stop at the first violation. */
  untilFound: boolean
}

// Errors are part of many schedules, and nobody reads where they came from.
Error.stackTraceLimit = 0

// So are aborts, whose reasons nobody reads either: to make each is a tenth of the work.
const { abort } = AbortController.prototype
const aborted = new DOMException('This operation was aborted', 'AbortError')
AbortController.prototype.abort = function (reason: unknown = aborted) {
  abort.call(this, reason)
}

const { first, last, stride, steps, breakage, untilFound }: Share = workerData
if (breakage) breakSdk(breakage)
const { runSchedule } = await import('./schedule.ts')
const { stories } = await import('./stories.ts')

const wanted = breakage && {
  only: breakage.invariant,
  hasLimits: breakage.invariant === 'I9',
  hasLeaks: breakage.hasLeaks === true,
  hasMishaps: false,
  hasLocks: breakage.hasLocks !== false,
}

async function runSeed(seed: number): Promise<ScheduleResult> {
  if (breakage?.story === undefined) return runSchedule({ seed, steps, ...wanted })
  const violation = await stories[breakage.story](seed)
  return { seed, ...(violation && { violation }) }
}

for (let seed = first; seed <= last; seed += stride) {
  const result = await runSeed(seed)
  parentPort?.postMessage(result)
  if (result.violation && untilFound) break
}
