import { HttpResponse } from 'msw'
import { describe, expect, test } from 'vitest'
import { type OAuth2TransportOptions, oauth2Transport } from '../../src/transports/oauth2.ts'
import { invalidOptionOf } from '../support/invalid-option.ts'
import { jwt } from '../support/jwt.ts'
import { mockNetwork } from '../support/network.ts'

const network = mockNetwork()
const OWN = location.origin
const signal = new AbortController().signal
const ISSUER = 'https://id.example.com'

const make = (options: Partial<OAuth2TransportOptions> = {}) =>
  oauth2Transport({ url: `${ISSUER}/token`, revokeUrl: `${ISSUER}/revoke`, clientId: 'ward', ...options })

function refresh(options: Partial<OAuth2TransportOptions> = {}, refreshToken = 'r1') {
  return make(options).refresh({ idempotencyKey: 'k1', signal, fetch, refreshToken })
}

/** The members of the form that was sent last. */
const sent = () => Object.fromEntries(new URLSearchParams(network.seen.at(-1)?.body))

describe('a refresh', () => {
  test('is a form (RFC 6749 section 6) that needs no CORS preflight', async () => {
    network.answerWith(() =>
      HttpResponse.json({ access_token: 'a2', token_type: 'Bearer', expires_in: 900, refresh_token: 'r2' }),
    )
    expect(await refresh()).toEqual({
      kind: 'tokens',
      tokens: { accessToken: 'a2', accessLifetimeMs: 900_000, refreshToken: 'r2' },
    })
    expect(network.seen).toHaveLength(1)
    expect(network.seen[0]?.url).toBe(`POST ${ISSUER}/token`)
    expect(network.seen[0]?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
    expect([...(network.seen[0]?.headers.keys() ?? [])]).not.toContain('idempotency-key')
    expect(sent()).toEqual({ grant_type: 'refresh_token', refresh_token: 'r1', client_id: 'ward' })
  })

  test('may ask for a scope, and encodes whatever a value holds', async () => {
    await refresh({ scope: 'openid ward:read', clientId: 'ward & co=1' }, 'r+1/=&%')
    expect(sent()).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'r+1/=&%',
      client_id: 'ward & co=1',
      scope: 'openid ward:read',
    })
    expect(network.seen[0]?.body).not.toContain('r+1')
  })

  test('without a refresh token sends nothing and is rejected', async () => {
    expect(await refresh({}, '')).toEqual({ kind: 'rejected', error: 'no_refresh_token' })
    expect(network.seen).toEqual([])
  })

  const json = (status: number, body: object) => () => HttpResponse.json(body, { status })

  test.each<[string, () => Response, object]>([
    [
      'reuse',
      json(400, { error: 'invalid_grant', error_description: 'grant request is invalid' }),
      { kind: 'rejected', error: 'invalid_grant' },
    ],
    ['a bare 401', json(401, {}), { kind: 'rejected', error: 'http_401' }],
    [
      'a client that is unknown',
      json(401, { error: 'invalid_client' }),
      { kind: 'unavailable', error: 'http_401.invalid_client' },
    ],
    ['a scope', json(400, { error: 'invalid_scope' }), { kind: 'unavailable', error: 'http_400.invalid_scope' }],
    ['no lifetime', json(200, { access_token: 'a2' }), { kind: 'unavailable', error: 'invalid_response' }],
  ])('that meets %s', async (_, answer, outcome) => {
    network.answerWith(answer)
    expect(await refresh()).toEqual(outcome)
  })

  test('lies below a base as `token`', () => {
    expect(oauth2Transport({ baseUrl: ISSUER, clientId: 'ward' }).url).toBe(`${ISSUER}/token`)
  })
})

describe('the subject', () => {
  test('may name more than the user, and stays as it is where an answer does not say all of it', async () => {
    const transport = make({
      subject: (json, claims) => (json.patient ? `${claims.sub ?? json.subject} / ${json.patient}` : undefined),
    })
    const launch = (patient?: string) =>
      transport.parse({ access_token: 'a1', expires_in: 60, id_token: jwt({ sub: 'dr' }), ...(patient && { patient }) })
    expect([launch('p1').subject, launch('p2').subject]).toEqual(['dr / p1', 'dr / p2'])
    expect(launch()).not.toHaveProperty('subject')
  })

  const granted = { access_token: 'opaque', expires_in: 900 }

  test.each<[string, object, string | undefined]>([
    ['an ID token', { ...granted, id_token: jwt({ sub: 'alice' }) }, 'alice'],
    ['the access token', { ...granted, access_token: jwt({ sub: 'bob' }), id_token: jwt({ sub: 'alice' }) }, 'bob'],
    ['neither', granted, undefined],
    ['an ID token that is none', { ...granted, id_token: 'opaque' }, undefined],
    ['an ID token that is nothing', { ...granted, id_token: { sub: 'alice' } }, undefined],
  ])('is that of %s', (_, response, subject) => {
    expect(make().parse(response).subject).toBe(subject)
  })

  test('is what the app says, which reads answers of its own', () => {
    const transport = make({
      fromBody: (json) => Object(json).tokens,
      subject: (json) => String(json.who),
    })
    const tokens = { ...granted, who: 'carol', id_token: jwt({ sub: 'alice' }) }
    expect(transport.parse({ tokens }).subject).toBe('carol')
  })
})

describe('a revocation', () => {
  test('by RFC 7009 section 2.1 names the refresh token, and never shows the access token', async () => {
    network.answerWith(() => new Response(null, { status: 200 }))
    await make().revoke?.({ refreshToken: 'r1', accessToken: 'a1', signal, fetch })
    expect(network.seen).toHaveLength(1)
    expect(network.seen[0]?.url).toBe(`POST ${ISSUER}/revoke`)
    expect(network.seen[0]?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
    expect(network.seen[0]?.headers.has('authorization')).toBe(false)
    expect(sent()).toEqual({ token: 'r1', token_type_hint: 'refresh_token', client_id: 'ward' })
  })

  test('names the access token where there is no other', async () => {
    network.answerWith(() => new Response(null, { status: 200 }))
    await make().revoke?.({ accessToken: 'a1', signal, fetch })
    expect(sent()).toEqual({ token: 'a1', token_type_hint: 'access_token', client_id: 'ward' })
    await make().revoke?.({ signal, fetch })
    expect(network.seen).toHaveLength(1)
  })

  test.each<[string, object]>([
    ['that the endpoint can not do', { error: 'unsupported_token_type' }],
    ['of a token that is spent', { error: 'invalid_grant' }],
  ])('%s is done with', async (_, body) => {
    network.answerWith(() => HttpResponse.json(body, { status: 400 }))
    await expect(make().revoke?.({ refreshToken: 'r1', signal, fetch })).resolves.toBeUndefined()
  })

  test.each([
    ['invalid_client', 401],
    ['server_error', 503],
  ])('that is answered with %s has not been heard', async (error, status) => {
    network.answerWith(() => HttpResponse.json({ error }, { status }))
    await expect(make().revoke?.({ refreshToken: 'r1', signal, fetch })).rejects.toMatchObject({
      code: 'refresh_unavailable',
      message: expect.stringContaining(`revocation: http_${status}`),
    })
  })

  test('is heard where the app says so', async () => {
    network.answerWith(() => HttpResponse.json({ state: 'gone' }, { status: 410 }))
    const revoke = (options: Partial<OAuth2TransportOptions>) =>
      make(options).revoke?.({ refreshToken: 'r1', signal, fetch })
    await expect(revoke({})).rejects.toMatchObject({ code: 'refresh_unavailable' })
    await expect(revoke({ isRejected: ({ status }) => status === 410 })).resolves.toBeUndefined()
  })

  test('is offered only with an address, which does not move with the page', async () => {
    expect(oauth2Transport({ url: '/token', clientId: 'ward' })).not.toHaveProperty('revoke')
    const transport = oauth2Transport({ url: 'token', revokeUrl: 'revoke', clientId: 'ward' })
    history.pushState({}, '', '/ward/7/')
    try {
      network.answerWith(() => new Response(null, { status: 200 }))
      await transport.revoke?.({ refreshToken: 'r1', signal, fetch })
      expect(network.seen[0]?.url).toBe(`POST ${OWN}/revoke`)
    } finally {
      history.back()
    }
  })
})

test.each<[string, object, RegExp]>([
  ['no client', { clientId: undefined }, /options\.clientId must be/],
  ['an empty client', { clientId: '' }, /options\.clientId must be/],
  ['a client that no form may hold', { clientId: 'snow☃' }, /options\.clientId must be/],
  ['a scope with commas and quotes', { scope: 'a "b"' }, /options\.scope must be/],
  ['an empty scope', { scope: '' }, /options\.scope must be/],
  ['a secret', { clientSecret: 's3cr3t' }, /options\.clientSecret is unknown: it must be one of/],
])('%s is invalid_option', (_, options, problem) => {
  expect(invalidOptionOf(oauth2Transport, { url: '/token', clientId: 'ward', ...options })).toMatch(problem)
})

test('says what it is', () => {
  expect(make()).toMatchObject({
    kind: 'oauth2',
    url: `${ISSUER}/token`,
    refreshTokenIn: 'body',
    accessTokenIn: 'header',
    idempotentRefresh: false,
  })
})
