import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawStartOfShift, PICTURE } from './server/draw-start-of-shift.ts'
import { fullestAgainstMean, simulateShift } from './server/start-of-shift.ts'

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'scenario 27: from the second refresh on, the fullest 10 s hold at most twice the mean (seed %i)',
  (seed) => {
    expect(fullestAgainstMean(simulateShift({ spread: true, seed }))).toBeLessThanOrEqual(2)
  },
)

test('without spreading all of them come in the same minute, again and again', () => {
  expect(fullestAgainstMean(simulateShift({ spread: false, seed: 1 }))).toBeGreaterThan(10)
})

test('a shift of 12 h takes each browser 57 refreshes, and 55 without spreading', () => {
  const perBrowser = ({ bins }: { bins: readonly number[] }) => bins.reduce((sum, count) => sum + count, 0) / 5_000
  expect(perBrowser(simulateShift({ spread: true, seed: 1 }))).toBeCloseTo(56.8, 0)
  expect(perBrowser(simulateShift({ spread: false, seed: 1 }))).toBe(55)
})

test('the picture in the documents is what is drawn', async () => {
  const picture = await readFile(join(import.meta.dirname, '../..', PICTURE), 'utf8')
  expect(picture).toBe(`${drawStartOfShift()}\n`)
})
