import { randomUUID } from 'node:crypto'
import { openStore } from '../../../packages/refresh-server/src/store/open-store.ts'
import type { Store } from '../../../packages/refresh-server/src/store/store.ts'
import {
  createRefreshToken,
  hashRefreshToken,
  sealSuccessor,
} from '../../../packages/refresh-server/src/tokens/refresh-token.ts'

// Fills a store with sessions, as the refresh server does, and prints by how many bytes this process has grown.

const SHIFT_MS = 12 * 60 * 60_000
const AT_ONCE = 64

async function fill(store: Store, n: number, rotations: number): Promise<void> {
  const at = Date.now()
  const expiresAt = at + SHIFT_MS
  const familyId = randomUUID()
  let token = createRefreshToken()
  await store.addFamily(
    {
      id: familyId,
      username: `clinician-${n}`,
      createdAt: at,
      lastUsedAt: at,
      expiresAt,
      accessTokenIn: 'body',
    },
    { hash: hashRefreshToken(token), familyId, expiresAt },
    { maxSessions: 10, at },
  )
  for (let rotation = 0; rotation < rotations; rotation++) {
    const spent = token
    token = createRefreshToken()
    const successor = { hash: hashRefreshToken(token), familyId, expiresAt, predecessorHash: hashRefreshToken(spent) }
    const replay = { idempotencyKey: randomUUID(), sealedSuccessor: sealSuccessor(spent, token), expiresAt }
    await store.exchange(hashRefreshToken(spent), () => ({
      change: { kind: 'rotate', at, usedAt: at, successor, replay },
    }))
  }
}

/** Without the heap of JavaScript, which grows with the work, while a store keeps nothing in it. */
function usedBytes(): number {
  global.gc?.()
  const { rss, heapTotal } = process.memoryUsage()
  return rss - heapTotal
}

const [, , address = ':memory:', sessions = '1', rotations = '0'] = process.argv
const store = openStore(address, { log: () => {}, auditRetentionMs: 86_400_000 })
await store.ready()
// Compiled, and connected.
await fill(store, -1, 1)
const before = usedBytes()
let next = 0
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next < Number(sessions)) await fill(store, next++, Number(rotations))
  }),
)
process.stdout.write(`${usedBytes() - before}\n`)
await store.close()
