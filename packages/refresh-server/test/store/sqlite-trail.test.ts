import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { AuditEntry } from '../../src/audit/entry.ts'
import { DAY_MS } from '../../src/duration.ts'
import { createSqliteStore } from '../../src/store/sqlite-store.ts'
import { expectNothingUnrecorded } from '../audit/support.ts'
import { createTestServer, MINUTE_MS, START_AT } from '../support/test-server.ts'

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'sessions.db')
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  onTestFinished(() => database.close())
  return database
}

const entry: AuditEntry = { at: START_AT, operation: 'refresh', outcome: 'ok', detail: 'rotated', username: 'amara' }

it('the audit trail refuses to change, replace or remove an entry within the retention', async () => {
  const path = temporaryFile()
  const store = createSqliteStore(path)
  await store.audit.append([entry, { ...entry, at: START_AT + DAY_MS }])
  const database = open(path)
  const rows = () => database.prepare('SELECT * FROM audit_entries').all()
  const before = rows()
  for (const forgery of [
    "UPDATE audit_entries SET outcome = 'refused'",
    'UPDATE audit_entries SET at = 0',
    'DELETE FROM audit_entries',
    `REPLACE INTO audit_entries SELECT id, 0, 'refresh', 'ok', 'x', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1
     FROM audit_entries`,
  ]) {
    expect(() => database.exec(forgery)).toThrow('the audit trail is append-only')
  }
  expect(rows()).toEqual(before)

  await store.audit.removeBefore(START_AT + 1)
  expect(rows()).toEqual(before.slice(1))
  expect(() => database.exec('DELETE FROM audit_entries')).toThrow('the audit trail is append-only')
  await store.close()
})

it('the audit trail removes names and addresses with their last entry', async () => {
  const path = temporaryFile()
  const store = createSqliteStore(path)
  const days = [0, 1, 2, 3].map((day) => ({ ...entry, at: START_AT + day * DAY_MS, address: '10.0.0.1' }))
  await store.audit.append([...days, { ...entry, username: 'ben', address: '10.0.0.2' }])
  const database = open(path)
  const named = () => database.prepare('SELECT username, address FROM audit_subjects, audit_places').all()
  await store.audit.removeBefore(START_AT + 2 * DAY_MS)
  expect(named()).toEqual([{ username: 'amara', address: '10.0.0.1' }])
  await store.audit.removeBefore(START_AT + 5 * DAY_MS)
  expect(named()).toEqual([])
  await store.close()
})

it('a running server removes entries older than the retention', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const path = temporaryFile()
  const { server, signIn, clock } = createTestServer({ store: path, auditRetentionMs: 2 * DAY_MS })
  await signIn()
  const database = open(path)
  const read = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0]
  const count = () => read('SELECT count(*) FROM audit_entries')
  clock.now += 2 * DAY_MS
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS)
  await expect.poll(() => read('SELECT removed_before FROM audit_retention')).toBe(START_AT)
  expect(count()).toBe(1)
  clock.now += 1
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS)
  await expect.poll(count).toBe(0)
  await server.close()
})

it('a request that cannot be recorded fails and changes nothing', async () => {
  const path = temporaryFile()
  const { signIn, refresh, reasonFor, post } = createTestServer({ store: path, reuse: 'strict' })
  const { refresh: token } = await signIn()
  const database = open(path)
  database.exec('ALTER TABLE audit_entries RENAME TO audit_entries_elsewhere')
  expect((await refresh(token)).status).toBe(500)
  expect((await refresh('no token of ours')).status).toBe(500)
  expect((await post('/auth/login', { username: 'amara', password: 'wrong' })).status).toBe(500)
  database.exec('ALTER TABLE audit_entries_elsewhere RENAME TO audit_entries')
  expect(await reasonFor(token)).toBe('ok')
})

it('no sign-in or sign-out takes effect if it cannot be recorded', async () => {
  const path = temporaryFile()
  const served = createTestServer({ store: path, maxSessions: 2 })
  const database = open(path)
  await expectNothingUnrecorded(served, {
    async close() {
      database.exec('ALTER TABLE audit_entries RENAME TO audit_entries_elsewhere')
    },
    async open() {
      database.exec('ALTER TABLE audit_entries_elsewhere RENAME TO audit_entries')
    },
  })
})

it('the audit trail protects entries again after a clean-up with a clock that was ahead', async () => {
  const path = temporaryFile()
  const store = createSqliteStore(path)
  await store.audit.removeBefore(START_AT + 365 * DAY_MS)
  await store.audit.removeBefore(START_AT - DAY_MS)
  await store.audit.append([entry])
  const database = open(path)
  expect(() => database.exec('DELETE FROM audit_entries')).toThrow('the audit trail is append-only')
  await store.close()
})
