import { expect, it } from 'vitest'
import type { AuditEntry } from '../../src/audit/entry.ts'
import { makeReport } from '../../src/report/make-report.ts'
import { toMarkdown } from '../../src/report/markdown.ts'
import { MINUTE_MS, START_AT } from '../support/test-server.ts'

function reportOn(entries: readonly AuditEntry[]) {
  const trail = {
    async *read() {
      yield* entries
    },
  }
  const period = { from: START_AT, until: START_AT + 60 * MINUTE_MS }
  return makeReport(trail, { name: 'daily', period, sessionLifetimeMs: 60 * MINUTE_MS })
}

it('escapes any username in a table cell', async () => {
  const username = '|</td><script>alert(1)</script>\n\n# [x](javascript:1) `code` *bold* \\'
  const entry: AuditEntry = { at: START_AT, operation: 'sign-in', outcome: 'ok', detail: 'password', username }
  const markdown = toMarkdown(await reportOn([entry]))
  const cell = '\\|\\</td\\>\\<script\\>alert(1)\\</script\\> # \\[x\\](javascript:1) \\`code\\` \\*bold\\* \\\\'
  expect(markdown).toContain(`| 2026-01-05 | ${cell} | 1 |\n`)
})

it('counts an entry as many times as it stands for', async () => {
  const refused: AuditEntry = {
    ...{ at: START_AT, operation: 'refresh', outcome: 'refused', detail: 'unknown', address: '10.0.0.1' },
    times: 1_000,
  }
  const { usage, refreshes, failedAttempts } = await reportOn([refused, { ...refused, times: 1 }])
  expect(usage.operations).toBe(1_001)
  expect(refreshes).toMatchObject({ refused: 1_001, successRate: null, byResult: { unknown: 1_001 } })
  expect(failedAttempts).toMatchObject({
    total: 1_001,
    byAddress: [{ address: '10.0.0.1', attempts: 1_001, users: 0 }],
  })
})

it('lists only the twenty addresses and users with most failed attempts', async () => {
  const entries = Array.from({ length: 30 }, (_, index): AuditEntry => {
    const who = { username: `user-${index}`, address: `10.0.0.${index}`, times: index + 1 }
    return { at: START_AT, operation: 'sign-in', outcome: 'refused', detail: 'invalid_credentials', ...who }
  })
  const { byAddress, byUser } = (await reportOn(entries)).failedAttempts
  expect(byAddress).toHaveLength(20)
  expect(byUser).toHaveLength(20)
  expect(byAddress[0]).toEqual({ address: '10.0.0.29', attempts: 30, users: 1 })
  expect(byUser.at(-1)).toEqual({ username: 'user-10', attempts: 11 })
})
