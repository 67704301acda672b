import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AuditEntry } from '../../src/audit/entry.ts'
import type { Store } from '../../src/store/store.ts'
import { storeUnderTest } from '../store-under-test.ts'

/** A store that two may have open at once. */
export function fileOrRedis(): string {
  if (storeUnderTest.url !== ':memory:') return storeUnderTest.url
  const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'sessions.db')
}

/** All that is in the trail of a store, which is closed then. */
export async function trailOf(store: Store): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for await (const entry of store.audit.read({ from: 0, until: Number.MAX_SAFE_INTEGER })) entries.push(entry)
  await store.close()
  return entries
}
