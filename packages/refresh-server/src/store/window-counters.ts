import { type RateLimiterAbstract, RateLimiterMemory } from 'rate-limiter-flexible'
import type { CounterSource, Tally, WindowCounter, WindowCounterOptions } from '../limits/window-counter.ts'

export interface MemoryCounters extends CounterSource {
  /** Clears all timers. */
  close(): Promise<void>
}

/** Creates counters in the memory of this process. */
export function createMemoryCounters(): MemoryCounters {
  const limiters: RateLimiterMemory[] = []

  return {
    newCounter(options) {
      const limiter = new RateLimiterMemory(limiterOptions(options))
      limiters.push(limiter)
      return countOn(limiter)
    },

    // The library keeps a timer for each key.
    async close() {
      const forgetting = limiters.flatMap((limiter) => limiter.dump().storage.map(({ key }) => limiter.delete(key)))
      await Promise.all(forgetting)
    },
  }
}

/** The library only counts. `limits/` decides what is too much. */
export function limiterOptions({ name, windowMs }: WindowCounterOptions) {
  return { keyPrefix: name, duration: Math.floor(windowMs / 1_000), points: Number.MAX_SAFE_INTEGER }
}

export function countOn(limiter: RateLimiterAbstract): WindowCounter {
  return {
    add: async (key) => tally(await limiter.penalty(key)),
    subtract: async (key) => tally(await limiter.reward(key)),
    read: async (key) => tally(await limiter.get(key)),
    async reset(key) {
      await limiter.delete(key)
    },
  }
}

function tally(result: { consumedPoints: number; msBeforeNext: number } | null): Tally {
  return { count: result?.consumedPoints ?? 0, endsInMs: Math.max(0, result?.msBeforeNext ?? 0) }
}
