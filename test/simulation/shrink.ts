import { runSchedule, type ScheduleResult } from './schedule.ts'

/** The fewest steps of a failing schedule that still fail in the same way, as the numbers of those to leave out. */
export async function shrink(failure: ScheduleResult, steps: number): Promise<{ steps: number; skip: Set<number> }> {
  const { seed, violation, step = steps } = failure
  const end = Math.min(step, steps)
  const skip = new Set<number>()
  const fails = async (without: Set<number>) =>
    (await runSchedule({ seed, steps: end, skip: without })).violation?.invariant === violation?.invariant

  for (let size = Math.ceil(end / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < end; from += size) {
      const chunk = Array.from({ length: size }, (_, i) => from + i).filter((i) => i < end && !skip.has(i))
      const without = new Set([...skip, ...chunk])
      if (chunk.length > 0 && (await fails(without))) for (const i of chunk) skip.add(i)
    }
  }
  return { steps: end, skip }
}
