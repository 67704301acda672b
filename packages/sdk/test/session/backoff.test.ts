import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backoffMs } from '../../src/session/backoff.ts'
import { SECOND } from '../support/sessions.ts'

const retry = { firstMs: 500, factor: 2, maxMs: 60_000 }
const delay = (failures: number, error = 'http_503', random = 0) => backoffMs({ failures, error, retry, random })

it('doubles from half of firstMs, up to half of maxMs, and chance adds at most as much again', () => {
  expect([1, 2, 3, 4, 8, 100, 5_000].map((n) => delay(n))).toEqual([250, 500, 1_000, 2_000, 30_000, 30_000, 30_000])
  expect(delay(1, 'network', 0.5)).toBe(375)
})

it('is always between half of firstMs and maxMs, and never shrinks from one failure to the next', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const policy = fc
    .record({
      firstMs: fc.integer({ min: 1, max: 60_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      more: fc.nat(3_600_000),
    })
    .map(({ firstMs, factor, more }) => ({ firstMs, factor, maxMs: firstMs + more }))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), policy, random, (failures, given, draw) => {
      const ms = backoffMs({ failures, error: 'network', retry: given, random: draw })
      expect(ms).toBeGreaterThanOrEqual(given.firstMs / 2)
      expect(ms).toBeLessThanOrEqual(given.maxMs)
      expect(
        backoffMs({ failures: failures + 1, error: 'network', retry: given, random: draw }),
      ).toBeGreaterThanOrEqual(ms)
    }),
  )
})

it.each(['http_400', 'http_403', 'http_404', 'http_422'])('%s is asked again slowly from the start', (error) => {
  expect(delay(1, error)).toBe(7.5 * SECOND)
  expect(delay(20, error)).toBe(30 * SECOND)
})

it.each(['http_408', 'http_425', 'http_429', 'http_500', 'network', 'timeout', 'not_json'])(
  '%s is passing',
  (error) => {
    expect(delay(1, error)).toBe(250)
  },
)

it('scenario 8: a lost connection is tried often at first, so that it is found again within 5 s', () => {
  const gaps = Array.from({ length: 14 }, (_, i) => delay(i + 1, 'network', 1))
  expect(gaps.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000])
  expect(Math.max(...gaps.slice(0, 12))).toBe(4_000)
  expect(gaps.slice(0, 12).reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(20 * SECOND)
  expect(gaps.slice(12)).toEqual([60_000, 60_000])
})
