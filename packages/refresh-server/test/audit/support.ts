import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { AuditEntry } from '../../src/audit/entry.ts'
import type { Store } from '../../src/store/store.ts'
import { storeUnderTest } from '../support/store-under-test.ts'
import { bearer, type createTestServer, json } from '../support/test-server.ts'

/** A store that can be opened twice at the same time. */
export function fileOrRedis(): string {
  if (storeUnderTest.url !== ':memory:') return storeUnderTest.url
  const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'sessions.db')
}

/** Reads the whole trail of a store, and closes the store. */
export async function trailOf(store: Store): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for await (const entry of store.audit.read({ from: 0, until: Number.MAX_SAFE_INTEGER })) entries.push(entry)
  await store.close()
  return entries
}

/** While the trail cannot be written, no request about sessions succeeds, and none changes anything. */
export async function expectNothingUnrecorded(
  { signIn, post, get, send, refresh, reasonFor }: ReturnType<typeof createTestServer>,
  trail: { close(): Promise<void>; open(): Promise<void> },
): Promise<void> {
  const [one, two] = [await signIn(), await signIn()]
  const list = async () => (await json(await get('/api/token/sessions', bearer(one.access)))).data
  const before = JSON.stringify(await list())
  const ids = [...before.matchAll(/"sessionId":"([^"]+)"/g)].map(([, id]) => id)
  expect(ids).toHaveLength(2)

  await trail.close()
  const answers = [
    // This would end the oldest session.
    await post('/auth/login', { username: 'amara', password: 'amara-pw' }),
    await send(`/api/token/sessions/${ids[1]}`, { method: 'DELETE', headers: bearer(one.access) }),
    await post('/auth/logout', { refresh: one.refresh }),
    await refresh(two.refresh, 'key'),
  ]
  expect(answers.map(({ status }) => status >= 500)).toEqual([true, true, true, true])
  await trail.open()

  expect(JSON.stringify(await list())).toBe(before)
  expect([await reasonFor(one.refresh), await reasonFor(two.refresh, 'key')]).toEqual(['ok', 'ok'])
}
