import { expect, test } from 'vitest'
import { lastLine, single, total, withoutSkips } from './tally.ts'

const skip = { name: 'browser > signs in', why: 'no Chromium' }

test('the last line counts what passed and failed', () => {
  expect(lastLine(total([single(true), { passed: 3, failed: 2, skipped: [], retried: [] }, single(false)]))).toBe(
    '4 passed, 3 failed',
  )
})

test('the last line names skips only where there are some', () => {
  expect(lastLine(total([single(true), { passed: 0, failed: 0, skipped: [skip, skip], retried: [] }]))).toBe(
    '1 passed, 0 failed, 2 skipped',
  )
})

test('where nothing may be missing, a skip is a failure', () => {
  expect(lastLine(withoutSkips({ passed: 1, failed: 1, skipped: [skip], retried: [] }))).toBe('1 passed, 2 failed')
})
