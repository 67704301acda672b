import { HttpResponse } from 'msw'
import { describe, expect, test } from 'vitest'
import { type JsonTransportOptions, jsonTransport } from '../../src/transports/json.ts'
import { jwt } from '../support/jwt.ts'
import { mockNetwork } from '../support/network.ts'

const network = mockNetwork()
const OWN = location.origin
const signal = new AbortController().signal

function refresh(options: JsonTransportOptions, refreshToken = 'r1') {
  return jsonTransport(options).refresh({ idempotencyKey: 'k1', signal, fetch, refreshToken })
}

describe('a refresh', () => {
  test('posts the refresh token as JSON and understands the answer', async () => {
    network.answerWith(() => HttpResponse.json({ access: jwt({ sub: 'alice', iat: 0, exp: 900 }), refresh: 'r2' }))
    expect(await refresh({ url: '/auth/refresh' })).toMatchObject({
      kind: 'tokens',
      tokens: { accessLifetimeMs: 900_000, refreshToken: 'r2', subject: 'alice' },
    })
    const [request] = network.seen
    expect(network.seen).toHaveLength(1)
    expect(request).toMatchObject({ url: `POST ${OWN}/auth/refresh`, body: '{"refresh":"r1"}' })
    expect(request?.headers.get('content-type')).toBe('application/json')
    expect(request?.headers.get('accept')).toBe('application/json')
  })

  test('that brings no refresh token keeps the old one', async () => {
    network.answerWith(() => HttpResponse.json({ access_token: 'a2', expires_in: '900' }))
    expect(await refresh({ url: '/r' })).toEqual({
      kind: 'tokens',
      tokens: { accessToken: 'a2', accessLifetimeMs: 900_000 },
    })
  })

  test('without a refresh token sends nothing and is rejected', async () => {
    const transport = jsonTransport({ url: '/r' })
    const rejected = { kind: 'rejected', error: 'no_refresh_token' }
    expect(await transport.refresh({ idempotencyKey: 'k1', signal, fetch })).toEqual(rejected)
    expect(await refresh({ url: '/r' }, '')).toEqual(rejected)
    expect(network.seen).toEqual([])
  })

  test('speaks the endpoint’s own language', async () => {
    network.answerWith(() => HttpResponse.json({ data: { jwt: 'a2', next: 'r2', ttl: 60 }, user: 'u7' }))
    const outcome = await refresh({
      url: '/r',
      toBody: (token) => ({ grant: { token } }),
      fromBody: (json) => {
        const { data, user } = Object(json)
        return { accessToken: data.jwt, refreshToken: data.next, expires_in: data.ttl, user }
      },
      subject: (json) => String(json.user),
    })
    expect(network.seen[0]?.body).toBe('{"grant":{"token":"r1"}}')
    expect(outcome).toEqual({
      kind: 'tokens',
      tokens: { accessToken: 'a2', accessLifetimeMs: 60_000, refreshToken: 'r2', subject: 'u7' },
    })
  })

  test.each<[string, () => Response, object]>([
    [
      'reuse',
      () => HttpResponse.json({ error: 'invalid_grant', reason: 'reused' }, { status: 401 }),
      { kind: 'rejected', error: 'invalid_grant.reused' },
    ],
    [
      '503',
      () => HttpResponse.html('<p>Back soon', { status: 503, headers: { 'retry-after': '30' } }),
      { kind: 'unavailable', error: 'http_503', retryAfterMs: 30_000 },
    ],
    ['a captive portal', () => HttpResponse.html('<title>Welcome'), { kind: 'unavailable', error: 'not_json' }],
    ['a proxy', () => HttpResponse.html('<title>Sign in', { status: 401 }), { kind: 'unavailable', error: 'http_401' }],
    ['no connection', () => HttpResponse.error(), { kind: 'unavailable', error: 'network' }],
    [
      'a redirect to a login page',
      () => new Response(null, { status: 302, headers: { location: `${OWN}/login` } }),
      { kind: 'unavailable', error: 'redirect' },
    ],
  ])('that meets %s', async (_, answer, outcome) => {
    network.answerWith(answer)
    expect(await refresh({ url: '/r' })).toEqual(outcome)
    expect(network.seen).toHaveLength(1)
  })

  test('leaves a Retry-After date to the answer’s own clock', async () => {
    const at = (ms: number) => new Date(1_000_000_000_000 + ms).toUTCString()
    const headers = { date: at(0), 'retry-after': at(20_000) }
    network.answerWith(() => new Response(null, { status: 429, headers }))
    expect(await refresh({ url: '/r' })).toMatchObject({ retryAfterMs: 20_000 })
  })
})

describe('headers', () => {
  test('of the app are sent, and win', async () => {
    await refresh({ url: '/r', headers: { 'X-Client': 'ward', Accept: 'application/vnd.ward+json' } })
    expect(network.seen[0]?.headers.get('x-client')).toBe('ward')
    expect(network.seen[0]?.headers.get('accept')).toBe('application/vnd.ward+json')
  })

  test('of a function are asked for each time', async () => {
    let asked = 0
    const transport = jsonTransport({ url: '/r', headers: () => ({ 'x-count': `${++asked}` }) })
    expect(asked).toBe(0)
    const request = { idempotencyKey: 'k1', signal, fetch, refreshToken: 'r1' }
    await transport.refresh(request)
    await transport.refresh(request)
    expect(network.seen.map(({ headers }) => headers.get('x-count'))).toEqual(['1', '2'])
  })

  test.each<[string, Partial<JsonTransportOptions>, string | null]>([
    ['its own origin', {}, 'k1'],
    ['its own origin, by a whole URL', { url: `${OWN}/r` }, 'k1'],
    ['another origin', { url: 'https://auth.example.com/r' }, null],
    ['another origin that replays', { url: 'https://auth.example.com/r', idempotentRefresh: true }, 'k1'],
    ['another origin, if asked', { url: 'https://auth.example.com/r', idempotencyHeader: 'Idempotency-Key' }, 'k1'],
    ['its own origin, unless not wanted', { idempotencyHeader: false }, null],
    ['its own origin, under another name', { idempotencyHeader: 'X-Key' }, null],
  ])('carry the idempotency key to %s', async (_, options, key) => {
    await refresh({ url: '/r', ...options })
    expect(network.seen[0]?.headers.get('idempotency-key')).toBe(key)
    if (options.idempotencyHeader === 'X-Key') expect(network.seen[0]?.headers.get('x-key')).toBe('k1')
  })
})

test('a function of the app that throws is a failure like any other, and nothing is sent', async () => {
  const thrower = () => {
    throw new Error('odd')
  }
  const failed = { kind: 'unavailable', error: 'hook_failed' }
  expect(await refresh({ url: '/r', headers: thrower })).toEqual(failed)
  expect(await refresh({ url: '/r', toBody: thrower })).toEqual(failed)
  expect(network.seen).toEqual([])
  expect(await refresh({ url: '/r', isRejected: thrower })).toEqual(failed)
  expect(await refresh({ url: '/r', fromBody: thrower })).toEqual({ kind: 'unavailable', error: 'invalid_response' })
})

test('the app may say what is a rejection, by response and JSON', async () => {
  network.answerWith(() => HttpResponse.json({ state: 'closed' }, { status: 410, headers: { 'x-session': 'gone' } }))
  const isRejected = (response: Response, json: unknown) =>
    response.headers.get('x-session') === 'gone' && Object(json).state === 'closed'
  expect(await refresh({ url: '/r', isRejected })).toEqual({ kind: 'rejected', error: 'http_410' })
  expect(await refresh({ url: '/r', isRejected: () => false })).toEqual({ kind: 'unavailable', error: 'http_410' })
})

test('an asynchronous opinion is none', async () => {
  const isRejected = async () => true
  const transport = Reflect.apply(jsonTransport, undefined, [{ url: '/r', isRejected }])
  expect((await transport.refresh({ idempotencyKey: 'k1', signal, fetch, refreshToken: 'r1' })).kind).toBe('tokens')
})

describe('parse, for the login endpoint’s answer', () => {
  test('takes the same formats', () => {
    const transport = jsonTransport({ url: '/r', fromBody: (json) => Object(json).tokens })
    expect(transport.parse({ tokens: { access: 'a1', refresh: 'r1', expiresIn: '15m' } })).toEqual({
      accessToken: 'a1',
      accessLifetimeMs: 900_000,
      refreshToken: 'r1',
    })
    expect(() => transport.parse({ access: 'a1' })).toThrow(expect.objectContaining({ code: 'invalid_response' }))
  })

  test('measures a JWT without iat by the clock', () => {
    const exp = Date.now() / 1_000 + 3_600
    const { accessLifetimeMs } = jsonTransport({ url: '/r' }).parse({ access: jwt({ exp }) })
    expect(accessLifetimeMs).toBeGreaterThan(3_000_000)
    expect(accessLifetimeMs).toBeLessThanOrEqual(3_600_000)
  })
})

test('says what it is', () => {
  expect(jsonTransport({ url: '/r' })).toMatchObject({
    kind: 'json',
    url: `${OWN}/r`,
    refreshTokenIn: 'body',
    accessTokenIn: 'header',
    idempotentRefresh: false,
  })
  expect(jsonTransport({ url: '/r', idempotentRefresh: true }).idempotentRefresh).toBe(true)
})
