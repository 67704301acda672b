import { HttpResponse } from 'msw'
import { describe, expect, test } from 'vitest'
import { TokenManagerError } from '../../src/errors.ts'
import { type SessionServiceTransportOptions, sessionServiceTransport } from '../../src/transports/session-service.ts'
import { invalidOptionOf } from '../support/invalid-option.ts'
import { jwt } from '../support/jwt.ts'
import { mockNetwork } from '../support/network.ts'
import { recordedFetch } from '../support/recorded-fetch.ts'

const network = mockNetwork()
const OWN = location.origin
const signal = new AbortController().signal
const granted = { accessToken: 'a2', refreshToken: 'r2', expiresIn: 7_200_000, sessionId: 's1' }
const success = (data: object) => () => HttpResponse.json({ success: true, data })
const failure = (status: number, more: object = {}) => HttpResponse.json({ success: false, ...more }, { status })

function refresh(options?: SessionServiceTransportOptions) {
  return sessionServiceTransport(options).refresh({ idempotencyKey: 'k1', signal, fetch, refreshToken: 'r1' })
}

describe('a refresh', () => {
  test('needs no options on the page’s own origin, and counts in milliseconds', async () => {
    network.answerWith(success(granted))
    expect(await refresh()).toEqual({
      kind: 'tokens',
      tokens: { accessToken: 'a2', refreshToken: 'r2', accessLifetimeMs: 7_200_000, sessionId: 's1' },
    })
    expect(network.seen).toMatchObject([{ url: `POST ${OWN}/api/token/refresh`, body: '{"refreshToken":"r1"}' }])
  })

  test('is answered with the same refresh token where the service does not rotate', async () => {
    network.answerWith(success({ ...granted, refreshToken: 'r1' }))
    expect(await refresh()).toMatchObject({ tokens: { refreshToken: 'r1' } })
  })

  test.each<[string, () => Response, object]>([
    [
      'a rejection',
      () => failure(401, { error: 'invalid_grant', reason: 'session_limit' }),
      { kind: 'rejected', error: 'invalid_grant.session_limit' },
    ],
    ['a rejection without a word', () => failure(401), { kind: 'rejected', error: 'http_401' }],
    ['a failure with 200', () => failure(200), { kind: 'unavailable', error: 'invalid_response' }],
    [
      'tokens in a failure',
      () => HttpResponse.json({ success: false, data: granted }),
      { kind: 'unavailable', error: 'invalid_response' },
    ],
    [
      'tokens without an envelope',
      () => HttpResponse.json(granted),
      { kind: 'unavailable', error: 'invalid_response' },
    ],
    ['a refusal', () => failure(403), { kind: 'unavailable', error: 'http_403' }],
    ['an envelope without data', success([]), { kind: 'unavailable', error: 'invalid_response' }],
  ])('that meets %s', async (_, answer, outcome) => {
    network.answerWith(answer)
    expect(await refresh()).toEqual(outcome)
  })

  test('without a refresh token sends nothing', async () => {
    const transport = sessionServiceTransport()
    expect(await transport.refresh({ idempotencyKey: 'k1', signal, fetch })).toMatchObject({ kind: 'rejected' })
    expect(network.seen).toEqual([])
  })
})

test.each<[string, object, string | undefined]>([
  ['the access token', { accessToken: jwt({ sub: 'amara' }), userId: 'ben' }, 'amara'],
  ['the service', { userId: 'ben' }, 'ben'],
  ['nobody', {}, undefined],
])('the subject is that of %s', (_, more, subject) => {
  expect(sessionServiceTransport().parse({ success: true, data: { ...granted, ...more } }).subject).toBe(subject)
})

test('a login answer of another shape is invalid_response that names what is missing', () => {
  const { parse } = sessionServiceTransport()
  const problem = (answer: unknown) => {
    try {
      return parse(answer)
    } catch (error) {
      return error
    }
  }
  expect(problem(granted)).toMatchObject({ code: 'invalid_response', message: expect.stringMatching(/success/) })
  expect(problem({ success: true })).toMatchObject({ code: 'invalid_response', message: expect.stringMatching(/data/) })
  expect(problem({ success: true, data: {} })).toMatchObject({ message: expect.stringMatching(/no access/) })
})

test.each([
  [undefined, '/api/token/validate'],
  [{ baseUrl: 'https://auth.example.com/v1/token/' }, 'https://auth.example.com/v1/token/validate'],
  [{ url: '/renew/now' }, '/renew/validate'],
  [{ url: '/renew/now/?a=b/c' }, '/renew/validate'],
])('%j: its endpoints lie side by side', async (options, url) => {
  const { calls, fetch } = recordedFetch(() => Response.json({}))
  await sessionServiceTransport(options)
    .validate({ fetch })
    .catch(() => {})
  expect(calls[0]?.url).toBe(new URL(url, OWN).href)
})

test('a sign-out is told where the app says', async () => {
  network.answerWith(success({}))
  expect(sessionServiceTransport()).not.toHaveProperty('revoke')
  await sessionServiceTransport({ revokeUrl: 'logout' }).revoke?.({ refreshToken: 'r1', signal, fetch })
  expect(network.seen).toMatchObject([{ url: `POST ${OWN}/api/token/logout`, body: '{"refreshToken":"r1"}' }])
})

describe('auto-refresh', () => {
  const request = { idempotencyKey: 'k1', refreshToken: 'r1', accessToken: 'a1', signal, fetch }

  test('gives tokens where it was due', async () => {
    network.answerWith(success({ refreshed: true, ...granted }))
    expect(await sessionServiceTransport().autoRefresh(request)).toMatchObject({
      kind: 'tokens',
      tokens: { refreshToken: 'r2' },
    })
    expect(network.seen).toMatchObject([{ url: `POST ${OWN}/api/token/auto-refresh` }])
    expect(JSON.parse(network.seen[0]?.body ?? '')).toEqual({ refreshToken: 'r1', accessToken: 'a1' })
    expect(network.seen[0]?.headers.get('idempotency-key')).toBe('k1')
  })

  test('says how long there is nothing to do', async () => {
    network.answerWith(success({ refreshed: false, expiresAt: 1_700_000_900_000, timeUntilExpiry: 900_000 }))
    expect(await sessionServiceTransport().autoRefresh(request)).toEqual({
      kind: 'not-due',
      expiresAt: 1_700_000_900_000,
      timeUntilExpiryMs: 900_000,
    })
  })

  test.each<[() => Response, object]>([
    [() => failure(401, { error: 'invalid_grant' }), { kind: 'rejected', error: 'invalid_grant' }],
    [() => failure(503), { kind: 'unavailable', error: 'http_503' }],
    [success({ refreshed: false }), { kind: 'unavailable', error: 'invalid_response' }],
  ])('has the outcomes of a refresh', async (answer, outcome) => {
    network.answerWith(answer)
    expect(await sessionServiceTransport().autoRefresh(request)).toEqual(outcome)
  })
})

describe('validate', () => {
  const valid = { isValid: true, isExpired: false, needsRefresh: false, expiresAt: 1_000, timeUntilExpiry: 500 }

  test('asks about the token that it is given', async () => {
    network.answerWith(success({ ...valid, userId: 'amara' }))
    expect(await sessionServiceTransport().validate({ fetch, accessToken: 'a1' })).toEqual({
      isValid: true,
      isExpired: false,
      needsRefresh: false,
      expiresAt: 1_000,
      timeUntilExpiryMs: 500,
      userId: 'amara',
    })
    expect(network.seen[0]?.headers.get('authorization')).toBe('Bearer a1')
    expect(network.seen[0]?.url).toMatch(/^POST /)
  })

  test('leaves it to the fetch of a token manager, and the app’s headers come along', async () => {
    const { calls, fetch } = recordedFetch(() =>
      Response.json({ success: true, data: { ...valid, expiresAt: null, userId: null } }),
    )
    const headers = () => ({ 'X-Client': 'ward', Accept: 'application/vnd.ward+json' })
    const validation = await sessionServiceTransport({ headers }).validate({ fetch })
    expect(validation).not.toHaveProperty('expiresAt')
    expect(validation).not.toHaveProperty('userId')
    expect(calls[0]?.headers.has('authorization')).toBe(false)
    expect(calls[0]?.headers.get('x-client')).toBe('ward')
    expect(calls[0]?.headers.get('accept')).toBe('application/vnd.ward+json')
    expect(calls[0]?.init).toMatchObject({ body: '{}', redirect: 'manual', cache: 'no-store' })
  })
})

test('session-stats names the user, whatever the name holds', async () => {
  const session = { sessionId: 's1', createdAt: 1, lastUsedAt: 2, expiresAt: 3, current: true }
  const stats = { userId: 'a/b', activeSessions: 1, maxConcurrentSessions: 10, lastUsedAt: 2, sessions: [session] }
  network.answerWith(success({ ...stats, secret: 's3cr3t' }))
  expect(await sessionServiceTransport().sessionStats('a/b', { fetch, accessToken: 'a1' })).toEqual(stats)
  expect(network.seen).toMatchObject([{ url: `GET ${OWN}/api/token/session-stats/a%2Fb`, body: '' }])
})

describe('health', () => {
  test('is told by the service itself, also when it is not well', async () => {
    network.answerWith(success({ status: 'ok' }))
    expect(await sessionServiceTransport().health({ fetch })).toEqual({ isHealthy: true, status: 'ok' })
    network.answerWith(() => failure(503, { data: { status: 'unavailable' } }))
    expect(await sessionServiceTransport().health({ fetch })).toEqual({ isHealthy: false, status: 'unavailable' })
  })

  test.each<[string, () => Response, string, string]>([
    ['a proxy', () => HttpResponse.html('<p>Back soon', { status: 502 }), 'refresh_unavailable', 'health: http_502'],
    ['a proxy', () => HttpResponse.html('<p>Back soon', { status: 503 }), 'invalid_response', 'health: not_json'],
    ['a captive portal', () => HttpResponse.html('<title>Welcome'), 'invalid_response', 'health: not_json'],
    ['something else', () => HttpResponse.json({ ok: true }), 'invalid_response', 'session service: no data'],
    ['no connection', () => HttpResponse.error(), 'refresh_unavailable', 'health: network'],
  ])('is unknown behind %s', async (...[, answer, code, message]) => {
    network.answerWith(answer)
    await expect(sessionServiceTransport().health({ fetch })).rejects.toMatchObject({ code, message })
  })
})

describe('a question', () => {
  test('that is refused is a typed error', async () => {
    network.answerWith(() => failure(403, { error: 'forbidden' }))
    await expect(sessionServiceTransport().sessionStats('ben', { fetch })).rejects.toMatchObject({
      code: 'refresh_unavailable',
      message: 'session-stats/ben: http_403',
    })
  })

  test('hands on what a token manager’s fetch says, and the reason of an abort', async () => {
    const signedOut = new TokenManagerError('signed_out', 'over')
    const fetch = () => Promise.reject(signedOut)
    await expect(sessionServiceTransport().validate({ fetch })).rejects.toBe(signedOut)
    const abort = new AbortController()
    const reason = new Error('never mind')
    abort.abort(reason)
    await expect(sessionServiceTransport().validate({ fetch: globalThis.fetch, signal: abort.signal })).rejects.toBe(
      reason,
    )
  })
})

test('options are checked, and no address is one', () => {
  expect(invalidOptionOf(sessionServiceTransport, { url: '' })).toMatch(/options\.url must be/)
  expect(invalidOptionOf(sessionServiceTransport, null)).toMatch(/options must be an object/)
  expect(invalidOptionOf(sessionServiceTransport, { bas: '/' })).toMatch(/options\.bas is unknown: it must be one of/)
  expect(sessionServiceTransport({})).toMatchObject({
    kind: 'session-service',
    url: `${OWN}/api/token/refresh`,
    refreshTokenIn: 'body',
    accessTokenIn: 'header',
    idempotentRefresh: false,
  })
})
