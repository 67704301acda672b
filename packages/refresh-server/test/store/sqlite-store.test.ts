import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createGroupCommit } from '../../src/store/group-commit.ts'
import { openStore } from '../../src/store/open-store.ts'
import { KEPT_AFTER_END_MS } from '../../src/store/store.ts'
import { createTestServer, MINUTE_MS, START_AT } from '../support/test-server.ts'
import { addFamily, aToken, change, HOUR_MS, openTestStore, RETENTION_MS } from './support.ts'

const FULL = 'database or disk is full'

it('removes sessions a day after their end, and no sooner', async () => {
  const store = await openTestStore()
  const expiring = await addFamily(store, { expiresAt: START_AT + HOUR_MS })
  const revoked = await addFamily(store)
  const living = await addFamily(store, { expiresAt: START_AT + 1_000 * HOUR_MS })
  await store.revokeFamily(revoked.family.id, { at: START_AT + 2 * HOUR_MS, because: 'sign-out' })
  const isThere = async ({ family }: typeof living) => (await store.findFamily(family.id)) !== undefined

  expect(await store.removeEnded(START_AT + HOUR_MS + KEPT_AFTER_END_MS - 1)).toBe(0)
  expect(await store.removeEnded(START_AT + HOUR_MS + KEPT_AFTER_END_MS)).toBe(1)
  expect(await isThere(expiring)).toBe(false)
  expect(await store.findToken(expiring.first.hash)).toBeUndefined()
  expect(await isThere(revoked)).toBe(true)
  expect(await store.removeEnded(START_AT + 2 * HOUR_MS + KEPT_AFTER_END_MS)).toBe(1)
  expect(await isThere(revoked)).toBe(false)
  expect(await isThere(living)).toBe(true)
  expect(await store.findToken(living.first.hash)).toBeDefined()
})

it('removes expired refresh tokens of a live session, unless they can still be replayed', async () => {
  const store = await openTestStore()
  const { family, first } = await addFamily(store, { expiresAt: START_AT + 1_000 * HOUR_MS })
  const [second, third] = [1, 2].map((hours) => aToken(family, { expiresAt: START_AT + hours * HOUR_MS }))
  if (second === undefined || third === undefined) throw new Error('two tokens are needed')
  const rotate = { kind: 'rotate' as const, at: START_AT, usedAt: START_AT }
  await store.exchange(first.hash, change({ ...rotate, successor: second }))
  const replay = { idempotencyKey: 'key', sealedSuccessor: new Uint8Array(3), expiresAt: third.expiresAt }
  await store.exchange(second.hash, change({ ...rotate, successor: third, replay }))
  const isThere = async () => (await store.findToken(second.hash)) !== undefined

  expect(await store.removeEnded(START_AT + 2 * HOUR_MS + KEPT_AFTER_END_MS - 1)).toBe(0)
  expect(await isThere()).toBe(true)
  await store.removeEnded(START_AT + 2 * HOUR_MS + KEPT_AFTER_END_MS)
  expect(await isThere()).toBe(false)
  expect(await store.findToken(first.hash)).toBeDefined()
})

it('cleans up in batches, and answers requests between them', async () => {
  const store = await openTestStore()
  await Promise.all(Array.from({ length: 1_200 }, () => addFamily(store, { expiresAt: START_AT })))
  const order: string[] = []
  const cleaning = store.removeEnded(START_AT + KEPT_AFTER_END_MS).then((removed) => order.push(`removed ${removed}`))
  await new Promise((resolve) => setImmediate(resolve))
  await store.findFamily('any')
  order.push('answered')
  await cleaning
  expect(order).toEqual(['answered', 'removed 1200'])
})

it('a running server cleans up every ten minutes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const path = join(folder, 'sessions.db')
  const { signIn, clock, server } = createTestServer({ store: path, sessionLifetimeMs: HOUR_MS })
  await signIn()
  const database = new DatabaseSync(path, { readOnly: true })
  onTestFinished(() => database.close())
  const sessions = () => database.prepare('SELECT count(*) AS sessions FROM families').get()?.sessions
  clock.now = START_AT + HOUR_MS + KEPT_AFTER_END_MS
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS - 1)
  expect(sessions()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(sessions()).toBe(0)
  await server.close()
  expect(vi.getTimerCount()).toBe(0)
})

it('commits concurrent writes together: each resolves after the commit, and one that fails undoes only itself', async () => {
  const store = await openTestStore()
  const [spoilt, sound] = [await addFamily(store), await addFamily(store)]
  const ok = aToken(sound.family, { predecessorHash: sound.first.hash })
  const rotate = { kind: 'rotate' as const, at: START_AT, usedAt: START_AT }
  const results = await Promise.allSettled([
    store.exchange(sound.first.hash, () => {
      throw new Error('a judge that fails')
    }),
    // It spends the token, and then fails to add a successor that already exists.
    store.exchange(spoilt.first.hash, change({ ...rotate, successor: spoilt.first })),
    store.exchange(sound.first.hash, change({ ...rotate, successor: ok })),
  ])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  expect(await store.findToken(ok.hash)).toBeDefined()
  expect((await store.findToken(sound.first.hash))?.token.usedAt).toBe(START_AT)
  expect((await store.findToken(spoilt.first.hash))?.token).toEqual(spoilt.first)
})

it('commits pending writes when it closes, and refuses later ones', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'sessions.db')
  const store = openStore(path, { log: () => {}, auditRetentionMs: RETENTION_MS })
  const adding = addFamily(store)
  await store.close()
  const { family } = await adding
  await expect(addFamily(store)).rejects.toThrow('not open')
  const again = openStore(path, { log: () => {}, auditRetentionMs: RETENTION_MS })
  onTestFinished(() => again.close())
  expect(await again.findFamily(family.id)).toEqual(family)
})

it('rejects all writes of a group with the cause if SQLite rolls back the transaction itself', async () => {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE texts (text TEXT) STRICT; PRAGMA max_page_count = 5')
  const { run } = createGroupCommit(database)
  const insert = database.prepare('INSERT INTO texts VALUES (?)')
  const texts = () => database.prepare('SELECT text FROM texts').all()
  const writes = ['before', 'x'.repeat(100_000), 'after'].map((text) => run(() => insert.run(text)))
  const outcomes = await Promise.allSettled(writes)
  expect(outcomes).toEqual(Array(3).fill({ status: 'rejected', reason: expect.objectContaining({ message: FULL }) }))
  expect(texts()).toEqual([])
  await run(() => insert.run('later'))
  expect(texts()).toEqual([{ text: 'later' }])
})
