import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
import { hashPassword } from '../../src/users/passwords.ts'
import { trailOf } from '../audit/support.ts'
import { storeUnderTest } from '../support/store-under-test.ts'
import { createClient, tokensOf } from '../support/test-server.ts'
import { RETENTION_MS } from './support.ts'

const BROWSERS = 8
const KILLS = 8
/** How many sessions a user may have, by default. */
const MAX_SESSIONS = 10
const AFTER_ANSWER_MS = 20

interface Stored {
  families: { id: string; username: string; revokedBecause: string | undefined }[]
  tokens: { hash: string; familyId: string; predecessorHash: string | undefined; spent: boolean }[]
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** The content of a store, read without the server. */
async function stored(store: string): Promise<Stored> {
  if (!store.startsWith('redis:')) {
    const database = new DatabaseSync(store, { readOnly: true })
    const families = database.prepare('SELECT id, username, revoked_because FROM families').all()
    const tokens = database.prepare('SELECT hash, family_id, predecessor_hash, used_at FROM refresh_tokens').all()
    database.close()
    return {
      families: families.map(({ id, username, revoked_because: because }) => ({
        id: String(id),
        username: String(username),
        revokedBecause: textOf(because),
      })),
      tokens: tokens.map(({ hash, family_id: familyId, predecessor_hash: predecessor, used_at: usedAt }) => ({
        hash: String(hash),
        familyId: String(familyId),
        predecessorHash: textOf(predecessor),
        spent: usedAt !== null,
      })),
    }
  }
  const client = createRedisClient({ url: store })
  await client.connect()
  const families = await client.keys('token-manager:family:*')
  const tokens = await client.keys('token-manager:token:*')
  const rowsOf = (keys: string[]) => Promise.all(keys.map((key) => client.hGetAll(key)))
  const [familyRows, tokenRows] = [await rowsOf(families), await rowsOf(tokens)]
  client.destroy()
  return {
    families: familyRows.map(({ id = '', username = '', revokedBecause }) => ({ id, username, revokedBecause })),
    tokens: tokenRows.map(({ familyId = '', predecessorHash, usedAt }, i) => ({
      hash: tokens[i]?.split(':')[2] ?? '',
      familyId,
      predecessorHash,
      spent: usedAt !== undefined,
    })),
  }
}

/** A user who signs in without a pause, so that each session soon ends an earlier one. */
function createNewcomer() {
  const given: string[] = []
  let working = Promise.resolve()

  async function work(url: string): Promise<void> {
    const { post } = createClient((path, init) => fetch(url + path, init))
    for (;;) {
      const answer = await post('/auth/login', { username: 'ben', password: 'ben-pw' }).catch(() => undefined)
      const tokens = answer && (await tokensOf(answer).catch(() => undefined))
      // The server is gone.
      if (tokens === undefined) return
      given.push(hashRefreshToken(tokens.refresh))
    }
  }

  return {
    given,
    go(url: string) {
      working = work(url)
    },
    settled: () => working,
  }
}

/** Users with password hashes of minimal cost. */
async function usersFile(folder: string): Promise<string> {
  const users = ['amara', 'ben'].map(async (username) => {
    const passwordHash = await hashPassword(`${username}-pw`, { ln: 4, r: 1, p: 1 })
    return { username, name: username, roles: ['clinician'], passwordHash }
  })
  const file = join(folder, 'users.json')
  writeFileSync(file, JSON.stringify(await Promise.all(users)))
  return file
}

/** A browser that refreshes without a pause. It repeats unanswered requests with the same key, as the SDK does. */
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
    /** Resolves when the browser notices that the server is gone. */
    settled: () => working,
    stop() {
      stopped = true
      return working
    },
  }
}

it(`loses no acknowledged rotation or sign-in and never leaves two successors, killed ${KILLS} times at any point`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = storeUnderTest.url === ':memory:' ? join(folder, 'sessions.db') : storeUnderTest.url
  let server: ServerProcess | undefined
  onTestFinished(() => server?.kill())
  const args = ['--qa', '--users', await usersFile(folder)]
  const start = async () => {
    server = await startServerProcess({ store, args, env: { RATE_LIMIT_MAX_REQUESTS: '1000000' } })
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
    const answer = await post('/auth/login', { username: 'amara', password: 'amara-pw' })
    return createBrowser((await tokensOf(answer)).refresh, onAcknowledged)
  }
  const browsers = await Promise.all(Array.from({ length: BROWSERS }, signIn))
  const newcomer = createNewcomer()

  let lostAnswers = 0
  // A different delay each time, so that the crash hits rotations at any point.
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
      for (const client of [...browsers, newcomer]) client.go(running.url)
    })
    await Promise.all([...browsers, newcomer].map((client) => client.settled()))

    expect(browsers.flatMap(({ refused }) => refused)).toEqual([])
    const { families, tokens } = await stored(store)
    const own = new Set(families.filter(({ username }) => username === 'amara').map(({ id }) => id))
    const live = tokens.filter(({ spent, familyId }) => !spent && own.has(familyId))
    expect(new Set(live.map(({ familyId }) => familyId)).size).toBe(BROWSERS)
    expect(live).toHaveLength(BROWSERS)
    for (const browser of browsers) {
      const known = browser.acknowledged()
      const current = live.filter(({ hash, predecessorHash }) => hash === known || predecessorHash === known)
      expect(current).toHaveLength(1)
      if (current[0]?.hash !== known) lostAnswers += 1
    }
  }

  // A repeated request gets the successor that was committed but not answered: nobody is signed out.
  expect(lostAnswers).toBeGreaterThan(0)
  const { url: lastUrl } = await start()
  for (const browser of browsers) browser.go(lastUrl)
  // These sign-ins exceed the session limit, however few the earlier servers completed.
  const last = createClient((path, init) => fetch(lastUrl + path, init))
  for (let signIns = 0; signIns <= MAX_SESSIONS; signIns++) {
    await last.post('/auth/login', { username: 'ben', password: 'ben-pw' })
  }
  const before = acknowledged
  await expect.poll(() => acknowledged, { timeout: 20_000 }).toBeGreaterThan(before + 2 * BROWSERS)
  await Promise.all(browsers.map((browser) => browser.stop()))
  expect(browsers.flatMap(({ refused }) => refused)).toEqual([])

  const { families, tokens } = await stored(store)
  expect(tokens.map(({ hash }) => hash)).toEqual(expect.arrayContaining(newcomer.given))

  // A change and its audit entries are one atomic step, wherever the crash hit.
  const trail = await trailOf(openStore(store, { log: () => {}, auditRetentionMs: RETENTION_MS }))
  const told = (wanted: string) => trail.filter(({ detail }) => detail === wanted)
  const sessionsOf = (wanted: string) => told(wanted).map(({ sessionId }) => sessionId)
  const rotations = told('rotated').map(({ presented, issued }) => `${presented} ${issued}`)
  const made = tokens.flatMap(({ hash, predecessorHash }) =>
    predecessorHash === undefined ? [] : `${fingerprintOfHash(predecessorHash)} ${fingerprintOfHash(hash)}`,
  )
  expect(rotations.sort()).toEqual(made.sort())
  expect(sessionsOf('password').sort()).toEqual(families.map(({ id }) => id).sort())
  const evicted = families.filter(({ revokedBecause }) => revokedBecause === 'session-limit').map(({ id }) => id)
  expect(evicted.length).toBeGreaterThan(0)
  expect(sessionsOf('session-limit').sort()).toEqual(evicted.sort())
}, 120_000)
