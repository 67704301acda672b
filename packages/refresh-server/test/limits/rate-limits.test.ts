import { expect, it, onTestFinished, vi } from 'vitest'
import { createRateLimits } from '../../src/limits/rate-limits.ts'
import { resolveOptions } from '../../src/options/resolve-options.ts'
import { createMemoryCounters } from '../../src/store/window-counters.ts'

/** Limits whose counters reveal the keys that they count. */
function createObservedLimits(maxRequests: number) {
  const keys = new Set<string>()
  const counters = createMemoryCounters()
  onTestFinished(() => counters.close())
  const limits = createRateLimits({
    counters: {
      newCounter(options) {
        const counter = counters.newCounter(options)
        const add = (key: string) => {
          keys.add(key)
          return counter.add(key)
        }
        return { ...counter, add }
      },
    },
    settings: { windowMs: 60_000, maxRequests },
    policy: () => resolveOptions({}).policy,
    now: Date.now,
  })
  return { limits, keys }
}

async function failToSignIn({ limits }: ReturnType<typeof createObservedLimits>, username: string): Promise<void> {
  const attempt = await limits.signIn(username, '192.0.2.1')
  await attempt.failed()
}

it('limits keep no count for each invented username', async () => {
  const observed = createObservedLimits(5)
  const outcomes = await Promise.allSettled([failToSignIn(observed, 'amara')])
  for (let count = 0; count < 50; count += 1) {
    outcomes.push(...(await Promise.allSettled([failToSignIn(observed, `made up ${count}`)])))
  }
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(46)
  // Five users and the address.
  expect(observed.keys.size).toBe(6)
})

it('limits keep nothing that reveals who signed in from which address', async () => {
  const observed = createObservedLimits(5)
  const attempt = await observed.limits.signIn('amara', '192.0.2.1')
  await attempt.succeeded()
  expect([...observed.keys]).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
})

it('limits know who had a correct password in the last 14 days, counted from the last time', async () => {
  const dayMs = 24 * 3_600_000
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const observed = createObservedLimits(5)
  const signIn = async (username: string) => (await observed.limits.signIn(username, '192.0.2.1')).succeeded()
  await signIn('ben')
  for (let day = 0; day < 14; day += 1) {
    await signIn('amara')
    await vi.advanceTimersByTimeAsync(dayMs)
  }
  for (let count = 0; count < 5; count += 1) await failToSignIn(observed, `made up ${count}`)
  await expect(signIn('amara')).resolves.toBeUndefined()
  await expect(signIn('ben')).rejects.toThrow('too many requests')
})
