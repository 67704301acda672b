import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { FamilyChange, PresentedToken, RefreshTokenRecord, SessionFamily } from '../../src/tokens/family.ts'
import { storeUnderTest } from '../support/store-under-test.ts'
import { START_AT } from '../support/test-server.ts'

export const RETENTION_MS = 30 * 24 * 60 * 60_000
export const HOUR_MS = 60 * 60_000
export const NO_LIMIT = { maxSessions: 1_000, at: START_AT }

export async function openTestStore(): Promise<Store> {
  const store = openStore(storeUnderTest.url, { log: () => {}, auditRetentionMs: RETENTION_MS })
  await store.ready()
  onTestFinished(() => store.close())
  return store
}

export function aFamily(changes: Partial<SessionFamily> = {}): SessionFamily {
  return {
    id: randomUUID(),
    username: 'amara',
    createdAt: START_AT,
    lastUsedAt: START_AT,
    expiresAt: START_AT + 12 * HOUR_MS,
    accessTokenIn: 'body',
    ...changes,
  }
}

export function aToken(family: SessionFamily, changes: Partial<RefreshTokenRecord> = {}): RefreshTokenRecord {
  return { hash: randomUUID(), familyId: family.id, expiresAt: family.expiresAt, ...changes }
}

/** Adds a session, and returns it with its first token. */
export async function addFamily(store: Store, changes: Partial<SessionFamily> = {}, limit = NO_LIMIT) {
  const family = aFamily(changes)
  const first = aToken(family)
  const ended = await store.addFamily(family, first, limit)
  return { family, first, ended }
}

export const change = (made: FamilyChange) => (presented: PresentedToken | undefined) => ({ change: made, presented })

/** Spends a token like a server that accepts each token once: `won` for the first use. */
export function spendOnce(store: Store, token: RefreshTokenRecord, successor: RefreshTokenRecord) {
  return store.exchange(token.hash, (presented) => {
    const made: FamilyChange =
      presented === undefined || presented.token.usedAt !== undefined
        ? { kind: 'none' }
        : { kind: 'rotate', at: START_AT, usedAt: START_AT, successor }
    return { change: made, won: made.kind === 'rotate' }
  })
}
