import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createClient as createRedisClient } from '@redis/client'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { type ServerProcess, startServerProcess } from '../../../../test/tools/refresh-server-process.ts'
import { fingerprintOfHash } from '../../src/audit/entry.ts'
import { openStore } from '../../src/store/open-store.ts'
import { hashRefreshToken } from '../../src/tokens/refresh-token.ts'
import { trailOf } from '../audit/support.ts'
import { storeUnderTest } from '../store-under-test.ts'
import { createClient, tokensOf } from '../support.ts'
import { RETENTION_MS } from './support.ts'

const BROWSERS = 8
const KILLS = 8
const AFTER_ANSWER_MS = 20

interface StoredToken {
  hash: string
  familyId: string
  predecessorHash: string | undefined
  spent: boolean
}

/** What a store holds, read past the server. */
async function storedTokens(store: string): Promise<StoredToken[]> {
  if (!store.startsWith('redis:')) {
    const database = new DatabaseSync(store, { readOnly: true })
    const rows = database.prepare('SELECT hash, family_id, predecessor_hash, used_at FROM refresh_tokens').all()
    database.close()
    return rows.map(({ hash, family_id: familyId, predecessor_hash: predecessor, used_at: usedAt }) => ({
      hash: String(hash),
      familyId: String(familyId),
      predecessorHash: predecessor === null ? undefined : String(predecessor),
      spent: usedAt !== null,
    }))
  }
  const client = createRedisClient({ url: store })
  await client.connect()
  const keys = await client.keys('token-manager:token:*')
  const rows = await Promise.all(keys.map((key) => client.hGetAll(key)))
  client.destroy()
  return rows.map(({ familyId = '', predecessorHash, usedAt }, i) => ({
    hash: keys[i]?.split(':')[2] ?? '',
    familyId,
    predecessorHash,
    spent: usedAt !== undefined,
  }))
}

/** A browser that refreshes without a pause, and repeats what was not answered with the same key, as the SDK does. */
function createBrowser(first: string, onAcknowledged: () => void) {
  const refused: string[] = []
  let token = first
  let key = randomUUID()
  let stopped = false
  let working = Promise.resolve()

  async function work(url: string): Promise<void> {
    const { refresh } = createClient((path, init) => fetch(url + path, init))
    while (!stopped) {
      const answer = await refresh(token, key).catch(() => undefined)
      // The server is gone.
      if (answer === undefined) return
      if (answer.status !== 200) return void refused.push(await answer.text())
      const tokens = await tokensOf(answer).catch(() => undefined)
      if (tokens === undefined) return
      token = tokens.refresh
      key = randomUUID()
      onAcknowledged()
    }
  }

  return {
    refused,
    acknowledged: () => hashRefreshToken(token),
    go(url: string) {
      working = work(url)
    },
    /** Settles when the browser has noticed that the server is gone. */
    settled: () => working,
    stop() {
      stopped = true
      return working
    },
  }
}

it(`loses no acknowledged rotation and never leaves two successors, killed ${KILLS} times at any point`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = storeUnderTest.url === ':memory:' ? join(folder, 'sessions.db') : storeUnderTest.url
  let server: ServerProcess | undefined
  onTestFinished(() => server?.kill())
  const start = async () => {
    server = await startServerProcess({ store, args: ['--qa'] })
    return server
  }

  let acknowledged = 0
  let killAt = Number.POSITIVE_INFINITY
  let kill = () => {}
  const onAcknowledged = () => {
    acknowledged += 1
    if (acknowledged >= killAt) kill()
  }
  const { url } = await start()
  const { post } = createClient((path, init) => fetch(url + path, init))
  const signIn = async () => {
    const answer = await post('/auth/login', { username: 'amara', password: 'amara-demo' })
    return createBrowser((await tokensOf(answer)).refresh, onAcknowledged)
  }
  const browsers = await Promise.all(Array.from({ length: BROWSERS }, signIn))

  let lostAnswers = 0
  // Another moment each time, so that the crash meets rotations anywhere.
  const moments = fc.record({
    count: fc.integer({ min: 1, max: 6 * BROWSERS }),
    afterMs: fc.double({ min: 0, max: 9 }),
  })
  for (const [round, { count, afterMs }] of fc.sample(moments, KILLS).entries()) {
    const running = round === 0 ? server : await start()
    if (running === undefined) throw new Error('there is no server')
    if (round % 2 === 0) {
      const fault = { endpoint: 'refresh', kind: 'latency', when: 'after', ms: AFTER_ANSWER_MS }
      await createClient((path, init) => fetch(running.url + path, init)).post('/qa/faults', fault)
    }
    killAt = acknowledged + count
    await new Promise<void>((resolve, reject) => {
      kill = () => {
        kill = () => {}
        setTimeout(() => running.kill().then(resolve, reject), afterMs)
      }
      for (const browser of browsers) browser.go(running.url)
    })
    await Promise.all(browsers.map((browser) => browser.settled()))

    expect(browsers.flatMap(({ refused }) => refused)).toEqual([])
    const tokens = await storedTokens(store)
    const live = tokens.filter(({ spent }) => !spent)
    expect(new Set(live.map(({ familyId }) => familyId)).size).toBe(BROWSERS)
    expect(live).toHaveLength(BROWSERS)
    for (const browser of browsers) {
      const known = browser.acknowledged()
      const current = live.filter(({ hash, predecessorHash }) => hash === known || predecessorHash === known)
      expect(current).toHaveLength(1)
      if (current[0]?.hash !== known) lostAnswers += 1
    }
  }

  // What was committed and not answered is what the next request with the same key gets: nobody is signed out.
  expect(lostAnswers).toBeGreaterThan(0)
  const { url: lastUrl } = await start()
  for (const browser of browsers) browser.go(lastUrl)
  const before = acknowledged
  await expect.poll(() => acknowledged, { timeout: 20_000 }).toBeGreaterThan(before + 2 * BROWSERS)
  await Promise.all(browsers.map((browser) => browser.stop()))
  expect(browsers.flatMap(({ refused }) => refused)).toEqual([])

  // A rotation and what the audit trail says of it are one step, wherever it was cut off.
  const trail = await trailOf(openStore(store, { log: () => {}, auditRetentionMs: RETENTION_MS }))
  const told = trail
    .filter(({ detail }) => detail === 'rotated')
    .map(({ presented, issued }) => `${presented} ${issued}`)
  const made = (await storedTokens(store)).flatMap(({ hash, predecessorHash }) =>
    predecessorHash === undefined ? [] : `${fingerprintOfHash(predecessorHash)} ${fingerprintOfHash(hash)}`,
  )
  expect(told.sort()).toEqual(made.sort())
}, 120_000)
