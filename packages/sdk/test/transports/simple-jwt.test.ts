import { HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import { type SimpleJwtTransportOptions, simpleJwtTransport } from '../../src/transports/simple-jwt.ts'
import { jwt } from '../support/jwt.ts'
import { mockNetwork } from '../support/network.ts'

const network = mockNetwork()
const OWN = location.origin
const signal = new AbortController().signal
// As SimpleJWT makes them: `jti` and `token_type` beside the usual, and no `sub`.
const access = jwt({ token_type: 'access', iat: 1_000, exp: 1_900, jti: 'a', user_id: 7 })
const refreshToken = jwt({ token_type: 'refresh', iat: 1_000, exp: 44_200, jti: 'b', user_id: 7 })

function refresh(options: Partial<SimpleJwtTransportOptions> = {}) {
  const transport = simpleJwtTransport({ url: '/account/token/refresh/', ...options })
  return transport.refresh({ idempotencyKey: 'k1', signal, fetch, refreshToken: 'r1' })
}

test('a refresh sends the refresh token, and takes lifetimes and subject from the JWTs', async () => {
  network.answerWith(() => HttpResponse.json({ access, refresh: refreshToken }))
  expect(await refresh()).toMatchObject({
    kind: 'tokens',
    tokens: {
      accessToken: access,
      accessLifetimeMs: 900_000,
      refreshToken,
      refreshLifetimeMs: 43_200_000,
      subject: '7',
    },
  })
  expect(network.seen).toMatchObject([{ url: `POST ${OWN}/account/token/refresh/`, body: '{"refresh":"r1"}' }])
  expect(network.seen[0]?.headers.get('content-type')).toBe('application/json')
})

test('without rotation the refresh token stays', async () => {
  network.answerWith(() => HttpResponse.json({ access }))
  const outcome = await refresh()
  expect(outcome.kind).toBe('tokens')
  expect(outcome).not.toHaveProperty('tokens.refreshToken')
  expect(outcome).not.toHaveProperty('tokens.refreshLifetimeMs')
})

test('below a base the endpoint has the slash that Django wants', () => {
  expect(simpleJwtTransport({ baseUrl: '/account/token' }).url).toBe(`${OWN}/account/token/refresh/`)
})

test.each<[string, () => Response, object]>([
  [
    'a token that was spent',
    () => HttpResponse.json({ detail: 'Token is blacklisted', code: 'token_not_valid' }, { status: 401 }),
    { kind: 'rejected', error: 'token_not_valid' },
  ],
  [
    'a user who is gone',
    () => HttpResponse.json({ detail: 'No active account found.', code: 'no_active_account' }, { status: 401 }),
    { kind: 'rejected', error: 'no_active_account' },
  ],
  [
    'a field that it misses',
    () => HttpResponse.json({ refresh: ['This field is required.'] }, { status: 400 }),
    { kind: 'unavailable', error: 'http_400' },
  ],
  [
    'the page of a server that has debugging on',
    () => HttpResponse.html('<title>Page not found</title>', { status: 404 }),
    { kind: 'unavailable', error: 'http_404' },
  ],
  [
    'an access token that is none',
    () => HttpResponse.json({ access: 'opaque' }),
    { kind: 'unavailable', error: 'invalid_response' },
  ],
])('%s', async (_, answer, outcome) => {
  network.answerWith(answer)
  expect(await refresh()).toEqual(outcome)
})

test('a sign-out is told to the blacklist', async () => {
  network.answerWith(() => HttpResponse.json({}))
  const transport = simpleJwtTransport({ baseUrl: '/account/token', revokeUrl: 'blacklist/' })
  await transport.revoke?.({ refreshToken: 'r1', signal, fetch })
  expect(network.seen).toMatchObject([{ url: `POST ${OWN}/account/token/blacklist/`, body: '{"refresh":"r1"}' }])
})

test('says what it is', () => {
  expect(simpleJwtTransport({ url: '/r/' })).toMatchObject({
    kind: 'simple-jwt',
    refreshTokenIn: 'body',
    accessTokenIn: 'header',
    idempotentRefresh: false,
  })
})
