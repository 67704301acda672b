import { IncomingMessage, request } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { QaLifetimes } from '../../src/index.ts'
import { bearer, createClient, createTestServer, json } from '../support/test-server.ts'

async function serve() {
  const { server, clock } = createTestServer({ qa: true, allowedOrigins: ['https://console.example'] })
  const { url } = await server.listen()
  if (server.qa === undefined) throw new Error('the QA mode is off')
  return { ...createClient((path, init) => fetch(url + path, init)), server, url, clock, qa: server.qa }
}

/** Node's fetch cannot set the Host header. */
function statusFor(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })
}

describe('the QA mode', () => {
  it('is off by default', async () => {
    const { server, get, post } = createTestServer()
    expect(server.qa).toBeUndefined()
    expect((await get('/qa/state')).status).toBe(404)
    expect((await post('/qa/faults', { endpoint: 'api', kind: '503' })).status).toBe(404)
  })

  it.each(['0.0.0.0', '::', '192.0.2.1', 'ward.example', '127.0.0.1.example', ''])(
    'does not listen on %j',
    async (host) => {
      const { server } = createTestServer({ qa: true })
      await expect(server.listen(0, host)).rejects.toThrow(/option "host"/)
    },
  )

  it.each(['127.0.0.1', 'localhost'])('listens on %s', async (host) => {
    const { server } = createTestServer({ qa: true })
    const { url } = await server.listen(0, host)
    expect((await fetch(`${url}/qa/state`)).status).toBe(200)
  })

  it.each([
    [200, { Host: '127.0.0.1:1234' }],
    [200, { Host: 'localhost:5173' }],
    [200, { Host: 'demo.localhost' }],
    [200, { Host: '[::1]:5173' }],
    [403, { Host: 'ward.example' }],
    [403, { Host: '127.0.0.1.ward.example' }],
    [403, { Host: 'localhost.ward.example:5173' }],
    [200, { Host: 'localhost:5173', Origin: 'http://localhost:5173' }],
    [200, { Host: 'localhost:5173', Origin: 'https://console.example' }],
    [403, { Host: 'localhost:5173', Origin: 'http://localhost:4000' }],
    [403, { Host: 'localhost:5173', Origin: 'https://evil.example' }],
    [403, { Host: 'localhost:5173', Origin: 'null' }],
  ])('answers %i to %j', async (status, headers) => {
    const { url } = await serve()
    expect(await statusFor(`${url}/qa/state`, headers)).toBe(status)
  })

  it.each([
    ['127.0.0.1', 200],
    ['::1', 200],
    ['::ffff:127.0.0.1', 200],
    ['192.0.2.7', 403],
    ['::ffff:192.0.2.7', 403],
    [undefined, 403],
  ])('answers a caller at %s with %i', async (remoteAddress, status) => {
    const { server } = createTestServer({ qa: true })
    const socket = new Socket()
    Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress })
    const answer = await server.app.request('http://localhost/qa/state', {}, { incoming: new IncomingMessage(socket) })
    expect(answer.status).toBe(status)
  })

  it('serves metrics to this machine only, and with a token only to requests with it', async () => {
    const metricsToken = 'f3a9c1d27b5e8640a1b2c3d4e5f60718'
    const [open, guarded] = [createTestServer({ qa: true }), createTestServer({ qa: true, metricsToken })]
    const foreign = { Host: 'evil.example' }
    const urls = [(await open.server.listen()).url, (await guarded.server.listen()).url]
    const [, guardedUrl = ''] = urls
    const shown = { Authorization: `Bearer ${metricsToken}` }
    expect(await Promise.all(urls.map((url) => statusFor(`${url}/metrics`, foreign)))).toEqual([403, 401])
    expect(await Promise.all(urls.map((url) => statusFor(`${url}/metrics`, {})))).toEqual([200, 401])
    expect(await statusFor(`${guardedUrl}/metrics`, shown)).toBe(200)
  })

  it('refuses requests without a connection', async () => {
    const { get } = createTestServer({ qa: true })
    expect((await get('/qa/state')).status).toBe(403)
  })
})

describe('the QA control', () => {
  it('changes the lifetimes of later tokens', async () => {
    const { signIn, refresh, post, clock, reasonFor } = await serve()
    const before = await signIn()
    const state = await json(await post('/qa/lifetimes', { accessLifetimeMs: 3_000, refreshLifetimeMs: 60_000 }))
    expect(state).toMatchObject({ accessLifetimeMs: 3_000, refreshLifetimeMs: 60_000 })
    const answer = await json(await refresh(before.refresh))
    expect(answer.expires_in).toBe(3)
    clock.now += 60_000
    expect(await reasonFor(String(answer.refresh))).toBe('expired')
  })

  it('keeps the refresh lifetime if only the access lifetime is given', async () => {
    const { qa } = await serve()
    const { refreshLifetimeMs } = qa.state()
    expect(qa.setLifetimes({ accessLifetimeMs: 7_000 })).toMatchObject({ accessLifetimeMs: 7_000, refreshLifetimeMs })
  })

  it('changes the reuse mode', async () => {
    const { signIn, rotate, reasonFor, post } = await serve()
    const { refresh } = await signIn()
    expect(await json(await post('/qa/reuse', { mode: 'strict' }))).toMatchObject({ reuse: 'strict' })
    await rotate(refresh, 'key')
    expect(await reasonFor(refresh, 'key')).toBe('reused')
  })

  it('resets everything but sessions', async () => {
    const { signIn, refresh, post, get, reasonFor } = await serve()
    const before = await json(await get('/qa/state'))
    const tokens = await signIn()
    await post('/qa/lifetimes', { accessLifetimeMs: 3_000, refreshLifetimeMs: 60_000 })
    await post('/qa/reuse', { mode: 'grace' })
    await post('/qa/faults', { endpoint: 'refresh', kind: '503', times: 9 })
    await refresh(tokens.refresh, 'key')
    expect(await json(await post('/qa/reset'))).toEqual(before)
    expect(await json(await get('/qa/counts'))).toEqual({
      endpoints: {
        refresh: { requests: 0, statuses: {} },
        login: { requests: 0, statuses: {} },
        logout: { requests: 0, statuses: {} },
        api: { requests: 0, statuses: {} },
      },
      refreshes: {
        ok: 0,
        replayed: 0,
        rejected: 0,
        rejections: { reused: 0, expired: 0, revoked: 0, session_limit: 0, unknown: 0 },
      },
      reuseEvents: 0,
      familiesRevoked: 0,
      idempotencyKeys: {},
      apiUnauthorized: 0,
    })
    expect(await reasonFor(tokens.refresh)).toBe('ok')
  })

  it.each([
    ['/qa/lifetimes', {}, '"accessLifetimeMs"'],
    ['/qa/lifetimes', { accessLifetimeMs: 2_999 }, '"accessLifetimeMs"'],
    ['/qa/lifetimes', { accessLifetimeMs: '3000' }, '"accessLifetimeMs"'],
    ['/qa/lifetimes', { accessLifetimeMs: 3_000.5 }, '"accessLifetimeMs"'],
    ['/qa/lifetimes', { accessLifetimeMs: 3_000, refreshLifetimeMs: 0 }, '"refreshLifetimeMs"'],
    ['/qa/lifetimes', { accessLifetimeMs: 3_000, refreshLifetimeMs: null }, '"refreshLifetimeMs"'],
    ['/qa/lifetimes', { accessLifetimeMs: 3_000, sessionLifetimeMs: 1 }, '"sessionLifetimeMs"'],
    ['/qa/reuse', {}, '"mode"'],
    ['/qa/reuse', { mode: 'lenient' }, '"mode"'],
    ['/qa/reuse', { mode: 'strict', graceMs: 1 }, '"graceMs"'],
    ['/qa/reuse', [], 'JSON object'],
  ])('answers 400 to %s %j, naming %s, and changes nothing', async (path, body, name) => {
    const { post, qa } = await serve()
    const before = qa.state()
    const answer = await post(path, body)
    expect(answer.status).toBe(400)
    expect((await json(answer)).error_description).toContain(name)
    expect(qa.state()).toEqual(before)
  })

  it('works the same in a program', async () => {
    const { qa, get } = await serve()
    qa.setReuse('grace')
    qa.setLifetimes({ accessLifetimeMs: 5_000 })
    expect(await json(await get('/qa/state'))).toEqual(qa.state())
    const wrong: QaLifetimes = { accessLifetimeMs: 1 }
    expect(() => qa.setLifetimes(wrong)).toThrow('"accessLifetimeMs" must be an integer from 3000')
    qa.reset()
    expect(qa.state()).toMatchObject({ reuse: 'replay', accessLifetimeMs: 900_000 })
  })

  it('returns copies of its state', async () => {
    const { qa } = await serve()
    qa.counts().refreshes.ok = 99
    qa.state().accessLifetimeMs = 1
    expect(qa.counts().refreshes.ok).toBe(0)
    expect(qa.state().accessLifetimeMs).toBe(900_000)
  })
})

it('the QA mode counts requests, answers, refreshes and revocations', async () => {
  const { signIn, refresh, rotate, patients, get, post, qa } = await serve()
  const first = await signIn()
  await post('/auth/login', { username: 'amara', password: 'wrong' })
  const second = await rotate(first.refresh, 'one')
  await rotate(first.refresh, 'one')
  await refresh(second.refresh, 'two')
  await refresh(first.refresh, 'three')
  await refresh(second.refresh, '__proto__')
  await refresh('never issued')
  await post('/auth/refresh', {})
  await patients(second.access)
  await patients('nonsense')
  const other = await signIn()
  await patients(other.access)
  await get('/auth/me', bearer('nonsense'))
  await post('/auth/logout', { refresh: other.refresh })
  await get('/qa/state')
  qa.setFault({ endpoint: 'api', kind: '503' })
  await patients(other.access)
  expect(await json(await get('/qa/counts'))).toEqual({
    endpoints: {
      refresh: { requests: 7, statuses: { 200: 3, 400: 1, 401: 3 } },
      login: { requests: 3, statuses: { 200: 2, 401: 1 } },
      logout: { requests: 1, statuses: { 204: 1 } },
      api: { requests: 4, statuses: { 200: 1, 401: 2, 503: 1 } },
    },
    refreshes: {
      ok: 2,
      replayed: 1,
      rejected: 3,
      rejections: { reused: 1, expired: 0, revoked: 1, session_limit: 0, unknown: 1 },
    },
    reuseEvents: 1,
    familiesRevoked: 2,
    idempotencyKeys: JSON.parse('{ "one": 2, "two": 1, "three": 1, "__proto__": 1 }'),
    apiUnauthorized: 2,
  })
})

it('the QA mode counts only the newest 10,000 idempotency keys', async () => {
  const { server, send } = createTestServer({ qa: true })
  for (let index = 0; index < 10_001; index += 1) {
    await send('/auth/cookie/refresh', { method: 'POST', headers: { 'Idempotency-Key': `key-${index}` } })
  }
  const keys = Object.keys(server.qa?.counts().idempotencyKeys ?? {})
  expect(keys).toHaveLength(10_000)
  expect(keys).not.toContain('key-0')
  expect(keys).toContain('key-10000')
})
