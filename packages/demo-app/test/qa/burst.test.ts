import { expect, test } from 'vitest'
import { burst } from '../../src/qa/burst.ts'
import { describeBurst } from '../../src/qa/describe-burst.ts'

test('all requests leave before the first answer, and each outcome is counted', async () => {
  let [sent, refreshes, clockMs] = [0, 4, 1_000]
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const result = burst({
    count: 50,
    request: async () => {
      sent += 1
      const isBroken = sent % 10 === 0
      await gate
      if (isBroken) throw new TypeError('Failed to fetch')
    },
    refreshes: () => refreshes,
    now: () => clockMs,
  })
  expect(sent).toBe(50)
  refreshes += 1
  clockMs += 212
  open()
  expect(await result).toEqual({ ok: 45, failed: 5, reasons: ['network'], durationMs: 212, refreshes: 1 })
})

test('a result in words', () => {
  const result = { ok: 50, failed: 0, reasons: [], durationMs: 1_830, refreshes: 1 }
  expect(describeBurst(result)).toBe('50 ok, 0 failed in 1.8 s, 1 refresh')
  expect(describeBurst({ ...result, ok: 48, failed: 2, reasons: ['timeout', 'http_503'], refreshes: 0 })).toBe(
    '48 ok, 2 failed (timeout, http_503) in 1.8 s, 0 refreshes',
  )
})
