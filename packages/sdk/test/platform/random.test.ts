import { expect, it } from 'vitest'
import { createRandom } from '../../src/platform/random.ts'

it('identifiers are 128 bits of chance, also where there is no secure context', () => {
  const random = createRandom()
  const ids = Array.from({ length: 1_000 }, random.id)
  expect(new Set(ids).size).toBe(1_000)
  for (const id of ids) expect(id).toMatch(/^[\da-f]{32}$/)
})

it('draws are in [0, 1)', () => {
  const { next } = createRandom()
  const draws = Array.from({ length: 1_000 }, next)
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...draws)).toBeLessThan(1)
  expect(new Set(draws).size).toBeGreaterThan(900)
})
