import { createClient } from '@redis/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createRefreshServer, InvalidOptionError } from '../../src/index.ts'
import { openStore } from '../../src/store/open-store.ts'
import { KEPT_AFTER_END_MS } from '../../src/store/store.ts'
import { expectNothingUnrecorded } from '../audit/support.ts'
import { storeUnderTest } from '../support/store-under-test.ts'
import { bearer, createTestServer, SECRET } from '../support/test-server.ts'
import { addFamily, aToken, change, HOUR_MS, openTestStore, RETENTION_MS } from './support.ts'

async function connect(url = storeUnderTest.url) {
  const client = createClient({ url })
  await client.connect()
  onTestFinished(() => client.destroy())
  return client
}

/** All keys with their content, as one text. */
async function contentOf(client: Awaited<ReturnType<typeof connect>>): Promise<string> {
  const parts: string[] = []
  for (const key of await client.keys('*')) {
    const read: Record<string, (key: string) => Promise<unknown>> = {
      hash: (name) => client.hGetAll(name),
      list: (name) => client.lRange(name, 0, -1),
      stream: (name) => client.xRange(name, '-', '+'),
      string: (name) => client.get(name),
    }
    const value = await read[await client.type(key)]?.(key)
    if (value === undefined) throw new Error(`${key} holds something else`)
    parts.push(key, JSON.stringify(value))
  }
  return parts.join('\n')
}

it('Redis contains hashes and sealed successors, but no token and no password', async () => {
  const { signIn, rotate, post } = createTestServer()
  const first = await signIn()
  const second = await rotate(first.refresh, 'findable-idempotency-key')
  const third = await rotate(second.refresh, 'key')
  await post('/api/ward/patients/p01/notes', { text: 'findable note' }, bearer(third.access))
  const content = await contentOf(await connect())
  expect(content).toContain('findable note')
  expect(content).toContain('replaySealed')
  for (const { refresh, access } of [first, second, third]) {
    expect(content).not.toContain(refresh)
    expect(content).not.toContain(Buffer.from(refresh, 'base64url').toString('base64'))
    expect(content).not.toContain(access.split('.')[2])
  }
  expect(content).not.toContain('amara-pw')
})

it('every key of a session expires a day after the session', async () => {
  const store = await openTestStore()
  const client = await connect()
  const { family, first } = await addFamily(store, { expiresAt: Number.MAX_SAFE_INTEGER })
  const lifetimeMs = 2 * HOUR_MS
  const at = family.createdAt
  const short = await addFamily(store, { username: 'ben', expiresAt: at + HOUR_MS })
  const successor = aToken(short.family, { predecessorHash: short.first.hash, expiresAt: at + lifetimeMs })
  const replay = { idempotencyKey: 'key', sealedSuccessor: new Uint8Array(3), expiresAt: successor.expiresAt }
  await store.exchange(short.first.hash, change({ kind: 'rotate', at, usedAt: at, successor, replay }))
  const ttlOf = (key: string) => client.pTTL(`token-manager:${key}`)

  // Rounded, because some time has passed.
  const hours = (ms: number) => Math.ceil(ms / HOUR_MS)
  expect(hours(await ttlOf(`family:${short.family.id}`))).toBe(25)
  expect(hours(await ttlOf('user:ben'))).toBe(25)
  expect(hours(await ttlOf(`token:${successor.hash}`))).toBe(26)
  // Spent, but it can be replayed as long as its successor lasts.
  expect(hours(await ttlOf(`token:${short.first.hash}`))).toBe(26)

  await store.revokeFamily(family.id, { at, because: 'sign-out' })
  expect(hours(await ttlOf(`family:${family.id}`))).toBe(hours(KEPT_AFTER_END_MS))
  expect(await ttlOf(`token:${first.hash}`)).toBeGreaterThan(0)
  const without = (await client.keys('*')).map(async (key) => ((await client.pTTL(key)) < 0 ? [key] : []))
  expect((await Promise.all(without)).flat()).toEqual([])
})

it('a session with missing keys is unknown', async () => {
  const { signIn, reasonFor, patients } = createTestServer()
  const { refresh, access } = await signIn()
  const client = await connect()
  for (const key of await client.keys('token-manager:family:*')) await client.del(key)
  expect(await reasonFor(refresh)).toBe('unknown')
  expect((await patients(access)).status).toBe(401)
})

it('no sign-in, refresh or sign-out takes effect if the audit trail cannot record it', async () => {
  const client = await connect()
  await expectNothingUnrecorded(createTestServer({ maxSessions: 2 }), {
    async close() {
      await client.rename('token-manager:audit', 'elsewhere')
      await client.set('token-manager:audit', 'no stream')
    },
    async open() {
      await client.rename('elsewhere', 'token-manager:audit')
    },
  })
})

it('two servers share a session, and each sees the changes of the other', async () => {
  const [one, two] = [createTestServer({ reuse: 'strict' }), createTestServer({ reuse: 'strict' })]
  const first = await one.signIn()
  const second = await two.rotate(first.refresh)
  expect((await one.patients(second.access)).status).toBe(200)
  expect(await one.reasonFor(first.refresh)).toBe('reused')
  expect(await two.reasonFor(second.refresh)).toBe('revoked')
  expect((await two.patients(second.access)).status).toBe(401)
})

describe('the address of a Redis', () => {
  it('that does not answer stops the server at its start, and the message does not contain the password', async () => {
    const server = createRefreshServer({ store: 'redis://user:s3cret@127.0.0.1:1/0', secret: SECRET })
    onTestFinished(() => server.close())
    const failure = await server.listen().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(InvalidOptionError)
    expect(`${failure}`).toMatch(/option "store" cannot be reached: Redis at 127\.0\.0\.1:1: .*ECONNREFUSED/)
    expect(`${failure}`).not.toContain('s3cret')
  })

  it('needs a secret, because every process must accept the tokens of the others', () => {
    expect(() => createRefreshServer({ store: storeUnderTest.url })).toThrow(
      /option "secret" or "keys" is required with Redis/,
    )
  })

  it.each(['redis://a b', 'redis://host:port', 'redis://127.0.0.1:1/no-number'])(
    '%s is refused with the name of the option',
    (store) => {
      expect(() => openStore(store, { log: () => {}, auditRetentionMs: RETENTION_MS })).toThrow(
        /option "store" must be an address like redis:/,
      )
    },
  )
})
