import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../src/audit/entry.ts'
import { fingerprint } from '../../src/audit/entry.ts'
import { openStore } from '../../src/store/open-store.ts'
import { bearer, createCookieJar, listenTestServer, MINUTE_MS, START_AT } from '../support/test-server.ts'
import { fileOrRedis, trailOf } from './support.ts'

// The entries of each operation over HTTP. Runs on each store.

type Client = Awaited<ReturnType<typeof serve>>

async function serve(options: Parameters<typeof listenTestServer>[0] = {}) {
  const store = fileOrRedis()
  return { store, ...(await listenTestServer({ store, ...options })) }
}

async function entriesOf({ store }: Client): Promise<AuditEntry[]> {
  return trailOf(openStore(store, { log: () => {}, auditRetentionMs: MINUTE_MS }))
}

const linesOf = async (client: Client) =>
  (await entriesOf(client)).map(({ operation, outcome, detail }) => `${operation} ${outcome} ${detail}`)

const session = {
  username: 'amara',
  address: '127.0.0.1',
  sessionId: expect.stringMatching(/^[\da-f-]{36}$/),
  sessionCreatedAt: START_AT,
}

describe('the audit trail records user, operation, time, session, address and result of', () => {
  it('sign-in, refresh, replay and reuse', async () => {
    const client = await serve()
    const first = await client.signIn()
    client.clock.now += MINUTE_MS
    const second = await client.rotate(first.refresh, 'key')
    await client.rotate(first.refresh, 'key')
    const third = await client.rotate(second.refresh, 'other')
    expect(await client.reasonFor(first.refresh, 'key')).toBe('reused')
    expect(await client.reasonFor(third.refresh)).toBe('revoked')
    const [one, two, three] = [first, second, third].map(({ refresh }) => fingerprint(refresh))
    const at = client.clock.now
    const refresh = { ...session, at, operation: 'refresh' }
    expect(await entriesOf(client)).toEqual([
      { ...session, at: START_AT, operation: 'sign-in', outcome: 'ok', detail: 'password', issued: one },
      { ...refresh, outcome: 'ok', detail: 'rotated', presented: one, issued: two },
      { ...refresh, outcome: 'ok', detail: 'replayed', presented: one },
      { ...refresh, outcome: 'ok', detail: 'rotated', presented: two, issued: three },
      { ...refresh, outcome: 'refused', detail: 'reused', presented: one },
      { ...session, at, operation: 'session-end', outcome: 'ok', detail: 'reuse' },
      { ...refresh, outcome: 'refused', detail: 'revoked', presented: three },
    ])
  })

  it('a refresh without rotation', async () => {
    const client = await serve({ rotate: false })
    const { refresh } = await client.signIn()
    await client.refresh(refresh)
    expect(await linesOf(client)).toEqual(['sign-in ok password', 'refresh ok kept'])
  })

  it('sign-outs: of the own session, of another, repeated, and with an unknown token', async () => {
    const client = await serve()
    const [one, two] = [await client.signIn(), await client.signIn()]
    const sessions = await (await client.get('/api/token/sessions', bearer(one.access))).json()
    const other = sessions.data.sessions.find(({ current }: { current: boolean }) => !current)
    await client.send(`/api/token/sessions/${other.sessionId}`, { method: 'DELETE', headers: bearer(one.access) })
    await client.post('/auth/logout', { refresh: one.refresh })
    await client.post('/auth/logout', { refresh: one.refresh })
    await client.post('/auth/logout', { refresh: 'no token of ours' })
    const entries = await entriesOf(client)
    expect(entries.slice(2)).toMatchObject([
      { operation: 'session-end', outcome: 'ok', detail: 'sign-out', sessionId: other.sessionId },
      { operation: 'session-end', outcome: 'ok', detail: 'sign-out', presented: fingerprint(one.refresh) },
      { operation: 'session-end', outcome: 'refused', detail: 'ended', presented: fingerprint(one.refresh) },
      { operation: 'session-end', outcome: 'refused', detail: 'unknown', address: '127.0.0.1' },
    ])
    expect(entries.at(-1)).not.toHaveProperty('username')
    expect(entries[0]?.issued).toBe(fingerprint(one.refresh))
    expect(entries[1]?.issued).toBe(fingerprint(two.refresh))
  })

  it('a sign-out after the session has expired', async () => {
    const client = await serve({ sessionLifetimeMs: MINUTE_MS })
    const { refresh } = await client.signIn()
    client.clock.now += 2 * MINUTE_MS
    expect((await client.post('/auth/logout', { refresh })).status).toBe(204)
    expect((await entriesOf(client)).slice(1)).toMatchObject([
      { operation: 'session-end', outcome: 'refused', detail: 'ended', presented: fingerprint(refresh) },
    ])
  })

  it('a session that the limit ended', async () => {
    const client = await serve({ maxSessions: 1 })
    await client.signIn()
    await client.signIn()
    const [first, second, ended] = await entriesOf(client)
    expect(ended).toMatchObject({ operation: 'session-end', detail: 'session-limit', sessionId: first?.sessionId })
    expect(second?.sessionId).not.toBe(first?.sessionId)
  })

  it('wrong passwords, with names of existing users only, up to the limit', async () => {
    const client = await serve({ rateLimit: { maxRequests: 2 } })
    const signIn = (username: string) => client.post('/auth/login', { username, password: 'findable' })
    await signIn('amara')
    await signIn('my secret password')
    await signIn('amara')
    const refused = { at: START_AT, operation: 'sign-in', outcome: 'refused', address: '127.0.0.1' }
    expect(await entriesOf(client)).toEqual([
      { ...refused, detail: 'invalid_credentials', username: 'amara' },
      { ...refused, detail: 'invalid_credentials' },
      { ...refused, detail: 'rate_limited', username: 'amara' },
    ])
  })

  it('checks of access tokens, uses of invalid ones, and missing roles', async () => {
    const client = await serve({ accessLifetimeMs: MINUTE_MS })
    const { access, refresh } = await client.signIn('admin')
    await client.post('/api/token/validate', undefined, bearer(access))
    await client.get('/auth/me', bearer(access))
    await client.post('/api/ward/patients/p01/notes', { text: 'a note' }, bearer(access))
    client.clock.now += 2 * MINUTE_MS
    await client.patients(access)
    await client.patients(`${access}x`)
    await client.get('/api/ward/patients')
    await client.post('/auth/logout', { refresh })
    const { access: another, refresh: alsoAnother } = await client.signIn('admin')
    await client.post('/auth/logout', { refresh: alsoAnother })
    await client.patients(another)
    expect(await linesOf(client)).toEqual([
      'sign-in ok password',
      'validate ok valid',
      'access refused forbidden',
      'access refused expired',
      'access refused invalid',
      'session-end ok sign-out',
      'sign-in ok password',
      'session-end ok sign-out',
      'access refused ended',
    ])
    const [, valid, forbidden] = await entriesOf(client)
    expect(valid).toMatchObject({ ...session, username: 'admin', presented: fingerprint(access) })
    expect(forbidden).toMatchObject({ username: 'admin', sessionId: valid?.sessionId, address: '127.0.0.1' })
  })

  it('failed CSRF checks of a refresh, a sign-out, and the API', async () => {
    const client = await serve()
    const answer = await client.post('/auth/cookie/login?access=cookie', { username: 'amara', password: 'amara-pw' })
    const jar = createCookieJar()
    jar.take(answer)
    const forge = (path: string) =>
      client.send(path, { method: 'POST', headers: { Cookie: jar.headerFor(path), 'X-CSRFToken': 'made up' } })
    for (const path of ['/auth/cookie/refresh', '/auth/cookie/logout', '/api/ward/patients/p01/notes'])
      expect((await forge(path)).status).toBe(403)
    const presented = fingerprint(jar.get('refresh_token') ?? '')
    const { sessionCreatedAt: _, ...known } = session
    const refused = { at: START_AT, outcome: 'refused', detail: 'csrf_failed' }
    expect((await entriesOf(client)).slice(1)).toEqual([
      { ...session, ...refused, operation: 'refresh', presented },
      { ...session, ...refused, operation: 'session-end', presented },
      { ...known, ...refused, operation: 'access' },
    ])
  })

  it('rate limits with a valid token', async () => {
    const client = await serve({ rateLimit: { maxRequests: 2 } })
    const { access, refresh } = await client.signIn()
    for (let asked = 0; asked < 3; asked += 1) await client.get('/auth/me', bearer(access))
    let token = refresh
    for (let times = 0; times < 4; times += 1) token = (await client.rotate(token)).refresh
    expect((await client.refresh(token)).status).toBe(429)
    const refused = (await entriesOf(client)).filter(({ outcome }) => outcome === 'refused')
    const { sessionCreatedAt: _, ...known } = session
    expect(refused).toEqual([
      { ...known, at: START_AT, operation: 'access', outcome: 'refused', detail: 'rate_limited' },
      {
        ...session,
        at: START_AT,
        operation: 'refresh',
        outcome: 'refused',
        detail: 'rate_limited',
        presented: fingerprint(token),
      },
    ])
  })

  it('many unknown tokens: individually at first, then one entry per thousand', async () => {
    const client = await serve()
    for (let sent = 0; sent < 1_300; sent += 1)
      await client.server.app.request('/api/ward/patients', { headers: bearer('guess') })
    const entries = await entriesOf(client)
    expect(entries).toHaveLength(201)
    expect(entries.map(({ times = 1 }) => times).reduce((sum, times) => sum + times)).toBe(1_200)
    expect(entries.at(-1)).toMatchObject({ operation: 'access', detail: 'invalid', times: 1_000 })
  })
})
