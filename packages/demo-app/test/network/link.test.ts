import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createLink } from '../../src/network/link.ts'

test('however bytes are cut into transfers, together they take the time of their sum', async () => {
  vi.useFakeTimers()
  const sizes = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(sizes, async (transfers) => {
      const link = createLink(1_000)
      const { signal } = new AbortController()
      const startedAtMs = performance.now()
      const done = Promise.all(transfers.map((bytes) => link.transfer(bytes, signal)))
      await vi.runAllTimersAsync()
      await done
      const sum = transfers.reduce((total, bytes) => total + bytes, 0)
      expect(performance.now() - startedAtMs).toBeCloseTo(sum, 3)
    }),
  )
  vi.useRealTimers()
})

test('a link that was idle has saved nothing up', async () => {
  vi.useFakeTimers()
  const link = createLink(1_000)
  const { signal } = new AbortController()
  await vi.advanceTimersByTimeAsync(60_000)
  let arrived = false
  void link.transfer(2_000, signal).then(() => {
    arrived = true
  })
  await vi.advanceTimersByTimeAsync(1_999)
  expect(arrived).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(arrived).toBe(true)
  vi.useRealTimers()
})
