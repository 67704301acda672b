import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createClient } from '@redis/client'
import { expect, it } from 'vitest'
import type { AuditEntry } from '../../src/audit/entry.ts'
import { eraseUser } from '../../src/cli/operator-command.ts'
import { openStore } from '../../src/store/open-store.ts'
import { trailOf } from '../audit/support.ts'
import { type Operated, serve } from '../report/support.ts'
import { ended, start } from '../support/process.ts'
import { bearer, MINUTE_MS, tokensOf } from '../support/test-server.ts'

// Erasing a user. Runs on each store.

const entriesOf = ({ store }: Operated) => trailOf(openStore(store, { log: () => {}, auditRetentionMs: MINUTE_MS }))

/** All data that the store has written. */
async function contentOf(store: string): Promise<string> {
  if (!store.startsWith('redis:')) {
    const files = readdirSync(dirname(store)).filter((file) => file.startsWith(basename(store)))
    // Runs in another process: closing the file in this one would release the server's locks on the database.
    const paths = files.map((file) => join(dirname(store), file))
    return execFileSync('cat', paths, { encoding: 'latin1' })
  }
  const client = createClient({ url: store })
  await client.connect()
  const keys = await client.keys('*')
  // The data that Redis would write to its disk.
  const values = await Promise.all(keys.map((key) => client.sendCommand(['DUMP', key])))
  const streams = await client.xRange('token-manager:audit', '-', '+')
  client.destroy()
  return JSON.stringify([keys, values, streams])
}

it('erasing a user ends their sessions and no others', async () => {
  const client = await serve()
  const [amara, another, ben] = [await client.signIn(), await client.signIn(), await client.signIn('ben')]
  await client.post('/auth/logout', { refresh: another.refresh })
  client.clock.now = Date.now()
  const isRedis = client.store.startsWith('redis:')
  const args = ['erase', 'amara', ...(isRedis ? [] : ['--store', client.store])]
  const { output, problem, code } = await ended(start(args, isRedis ? { REDIS_URL: client.store } : {}))
  expect([problem, code]).toEqual(['', 0])
  expect(output).toMatch(
    /^Erased: 2 sessions, [01] of them live, and the name on 0 notes\. .* shows erased-\d+ instead/,
  )
  expect(await client.reasonFor(amara.refresh)).toBe('unknown')
  expect((await client.patients(amara.access)).status).toBe(401)
  client.clock.now -= 1
  expect(await client.reasonFor(ben.refresh)).toMatch(/^(ok|expired)$/)
})

it('erasing a user leaves no name or address in trail, sessions, notes or deleted data of the store', async () => {
  const client = await serve({ users: undefined })
  const login = async (username: string) =>
    (await client.post('/auth/login', { username, password: `${username}-demo` })).json()
  const { access, refresh } = await login('amara')
  const ben = await login('ben')
  await client.post('/api/ward/patients/p01/notes', { text: 'slept well' }, bearer(access))
  await client.refresh(refresh, 'key')
  expect(await contentOf(client.store)).toContain('amara')
  await client.run('erase', 'amara')
  // The browser still has its tokens.
  await client.patients(access)
  await client.refresh(refresh, 'key')

  const content = await contentOf(client.store)
  expect(content).not.toContain('amara')
  expect(content).toContain('ben')
  const entries = await entriesOf(client)
  const erased = entries.filter(({ username }) => username?.startsWith('erased-'))
  expect(erased.map(({ operation, detail }) => `${operation} ${detail}`)).toEqual(
    expect.arrayContaining(['sign-in password', 'refresh rotated']),
  )
  expect(new Set(erased.map(({ username }) => username)).size).toBe(1)
  expect(erased.some(({ address }) => address !== undefined)).toBe(false)
  const signedIn = entries.find(({ operation, username }) => operation === 'sign-in' && username === 'ben')
  expect(signedIn?.address).toBe('127.0.0.1')
  const notes = await (await client.get('/api/ward/patients/p01/notes', bearer(ben.access))).json()
  expect(notes.notes).toMatchObject([{ author: erased[0]?.username, text: 'slept well' }])
})

it('erasing a user leaves no name, even if the browser refreshes between any two steps', async () => {
  const client = await serve()
  const { refresh } = await client.signIn()
  let token = refresh
  const refreshing = async () => {
    const answer = await client.refresh(token)
    if (answer.status === 200) token = (await tokensOf(answer)).refresh
  }
  const store = openStore(client.store, { log: () => {}, auditRetentionMs: MINUTE_MS })
  const { audit } = store
  const then = async <T>(step: Promise<T>): Promise<T> => {
    const result = await step
    await refreshing()
    return result
  }
  const interrupted = {
    ...store,
    liveFamiliesOf: (username: string, at: number) => then(store.liveFamiliesOf(username, at)),
    eraseUser: (username: string, pseudonym: string) => then(store.eraseUser(username, pseudonym)),
    audit: {
      ...audit,
      append: (entries: readonly AuditEntry[]) => then(audit.append(entries)),
      eraseUser: (username: string) => then(audit.eraseUser(username)),
    },
  }
  expect(await eraseUser(interrupted, { username: 'amara', at: client.clock.now })).toMatch(/^Erased: 1 sessions/)
  await store.close()
  expect(token).not.toBe(refresh)
  expect((await entriesOf(client)).map(({ username = '' }) => username)).not.toContain('amara')
})

it('the trail contains the erasure under the pseudonym', async () => {
  const client = await serve()
  await client.signIn()
  await client.run('erase', 'amara')
  const entries = await entriesOf(client)
  const erasures = entries.filter(({ operation }) => operation === 'erase')
  expect(erasures).toMatchObject([{ outcome: 'ok', detail: entries[0]?.username }])
})

it('erasing an unknown or already erased user says that nothing is stored', async () => {
  const client = await serve()
  await client.signIn()
  const nothing = { output: 'Nothing is stored about that user.\n', problem: '', code: 0 }
  expect(await client.run('erase', 'nobody')).toEqual(nothing)
  await client.run('erase', 'amara')
  expect(await client.run('erase', 'amara')).toEqual(nothing)
})

it('erasing works literally for any username', async () => {
  const client = await serve()
  await client.signIn()
  for (const username of ['*', '%', "' OR 1=1 --", 'am*', 'erased-1']) {
    expect((await client.run('erase', '--', username)).output).toBe('Nothing is stored about that user.\n')
  }
  expect((await entriesOf(client))[0]?.username).toBe('amara')
})
