import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Breakage } from './breakage.ts'
import type { ScheduleResult } from './schedule.ts'
import type { Share } from './worker.ts'

export interface PoolOptions {
  firstSeed: number
  runs: number
  steps: number
  breakage?: Breakage
  untilFound?: boolean
  onResult?: (result: ScheduleResult) => void
}

/** Runs schedules on all cores; gives those that went wrong. */
export async function runPool(options: PoolOptions): Promise<ScheduleResult[]> {
  const { firstSeed, runs, steps, breakage, untilFound = false, onResult } = options
  const stride = Math.min(runs, Math.max(2, availableParallelism()))
  const failures: ScheduleResult[] = []
  const workers: Worker[] = []

  await Promise.all(
    Array.from({ length: stride }, (_, i) => {
      const first = firstSeed + i
      const share: Share = {
        first,
        last: firstSeed + runs - 1,
        stride,
        steps,
        untilFound,
        ...(breakage && { breakage }),
      }
      const worker = new Worker(new URL('./worker.ts', import.meta.url), {
        workerData: share,
        execArgv: ['--conditions=@token-manager/source'],
        // A world makes much that is soon gone: with room for it a tenth less time goes into clearing away.
        resourceLimits: { maxYoungGenerationSizeMb: 96 },
      })
      workers.push(worker)
      return new Promise<void>((resolve, reject) => {
        worker.on('message', (result: ScheduleResult) => {
          onResult?.(result)
          if (!result.violation) return
          failures.push(result)
          if (untilFound) for (const each of workers) void each.terminate()
        })
        worker.on('error', reject)
        worker.on('exit', () => resolve())
      })
    }),
  )
  return failures.sort((a, b) => a.seed - b.seed)
}
