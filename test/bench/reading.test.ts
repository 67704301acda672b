import { describe, expect, test } from 'vitest'
import { type Reading, summarize } from './reading.ts'

const runsOf = (values: readonly number[], reading: Omit<Reading, 'value' | 'name' | 'unit'>): Reading[][] =>
  values.map((value) => [{ name: 'reuse', unit: '', value, ...reading }])

describe('the verdict on several runs', () => {
  test('is that on their median', () => {
    expect(summarize(runsOf([0, 0, 9], { target: 0 }))).toMatchObject([{ median: 0, verdict: 'pass' }])
    expect(summarize(runsOf([0, 9, 9], { target: 0 }))).toMatchObject([{ median: 9, verdict: 'over' }])
  })

  test('is that on the worst of what must never happen', () => {
    expect(summarize(runsOf([0, 0, 9], { target: 0, judged: 'worst' }))).toMatchObject([{ verdict: 'over' }])
    expect(summarize(runsOf([0, 0, 0], { target: 0, judged: 'worst' }))).toMatchObject([{ verdict: 'pass' }])
  })

  test('is none where there is no target', () => {
    expect(summarize(runsOf([1], {}))).toMatchObject([{ median: 1, verdict: '' }])
  })
})
