import { expect, test } from 'vitest'
import { formatAge, formatCountdown, formatDuration } from '../../src/format/duration.ts'

test.for<[number, string]>([
  [-5, '0 ms'],
  [0.4, '0 ms'],
  [999, '999 ms'],
  [999.6, '1 s'],
  [1_540, '1.5 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [200_000, '3 min 20 s'],
  [900_000, '15 min'],
  [7_500_000, '2 h 5 min'],
])('it took %d ms: %s', ([ms, text]) => {
  expect(formatDuration(ms)).toBe(text)
})

test.for<[number, string]>([
  [-3_000, 'now'],
  [0, 'now'],
  [1, '1 s'],
  [1_001, '2 s'],
  [61_000, '1 min 1 s'],
])('%d ms to go: %s', ([ms, text]) => {
  expect(formatCountdown(ms)).toBe(text)
})

test.for<[number, string]>([
  [-200, 'now'],
  [999, 'now'],
  [1_000, '1 s ago'],
  [59_999, '59 s ago'],
  [60_000, '1 min ago'],
  [7_300_000, '2 h ago'],
])('%d ms since: %s', ([ms, text]) => {
  expect(formatAge(ms)).toBe(text)
})
