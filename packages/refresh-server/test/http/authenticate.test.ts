import { decodeJwt, type JWTPayload, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { bearer, createTestServer, json, MINUTE_MS, SECRET, START_AT, type Tokens } from '../support/test-server.ts'

const key = new TextEncoder().encode(SECRET)
const HEADER = { alg: 'HS256', typ: 'at+jwt' }

function sign(claims: JWTPayload, header: { alg: string; typ?: string } = HEADER, secret = key): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(header).sign(secret)
}

function unsigned(claims: JWTPayload, header: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return `${encode(header)}.${encode(claims)}.`
}

function without(claims: JWTPayload, name: string): JWTPayload {
  return Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name))
}

const FORGERIES: readonly [string, (tokens: Tokens, claims: JWTPayload) => string | Promise<string>][] = [
  [
    'another payload under the same signature',
    ({ access }, claims) => {
      const [header, , signature] = access.split('.')
      const payload = Buffer.from(JSON.stringify({ ...claims, sub: 'ben' })).toString('base64url')
      return `${header}.${payload}.${signature}`
    },
  ],
  ['no signature', ({ access }) => access.replace(/[^.]+$/, '')],
  ['alg none', (_, claims) => unsigned(claims, { alg: 'none', typ: 'at+jwt' })],
  ['alg None', (_, claims) => unsigned(claims, { alg: 'None', typ: 'at+jwt' })],
  ['another algorithm under the right secret', (_, claims) => sign(claims, { alg: 'HS512', typ: 'at+jwt' })],
  ['another secret', (_, claims) => sign(claims, HEADER, new TextEncoder().encode(SECRET.toUpperCase()))],
  ['another audience', (_, claims) => sign({ ...claims, aud: 'urn:somebody:else' })],
  ['no audience', (_, claims) => sign(without(claims, 'aud'))],
  ['another issuer', (_, claims) => sign({ ...claims, iss: 'urn:somebody:else' })],
  ['another type of token', (_, claims) => sign(claims, { alg: 'HS256', typ: 'JWT' })],
  ['no type', (_, claims) => sign(claims, { alg: 'HS256' })],
  ['no expiry', (_, claims) => sign(without(claims, 'exp'))],
  ['no session', (_, claims) => sign(without(claims, 'sid'))],
  ['a session that does not exist', (_, claims) => sign({ ...claims, sid: 'none' })],
  ['roles that are no list', (_, claims) => sign({ ...claims, roles: 'clinician' })],
  ['roles that are no words', (_, claims) => sign({ ...claims, roles: ['clinician', 7] })],
  ['the refresh token', ({ refresh }) => refresh],
  ['nonsense', () => 'nonsense'],
]

describe('the protected API', () => {
  it('accepts a valid token that was signed by the test, so that refused forgeries prove something', async () => {
    const { signIn, patients } = createTestServer()
    const { access } = await signIn()
    expect((await patients(await sign(decodeJwt(access)))).status).toBe(200)
  })

  it.each(FORGERIES)('refuses a token with %s', async (_, forge) => {
    const { signIn, patients } = createTestServer()
    const tokens = await signIn()
    const answer = await patients(await forge(tokens, decodeJwt(tokens.access)))
    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer error="invalid_token", error_description="/)
    expect((await json(answer)).error).toBe('invalid_token')
  })

  it('challenges a request without a token, without an error code', async () => {
    const { get } = createTestServer()
    const answer = await get('/api/ward/patients')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
  })

  it('challenges a request with other credentials, without an error code', async () => {
    const { get } = createTestServer()
    const answer = await get('/api/ward/patients', { Authorization: 'Basic YW1hcmE6cHc=' })
    expect([answer.status, answer.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer'])
  })

  it.each(['Bearer', 'Bearer a b', 'Bearer token"'])('refuses the header %s', async (header) => {
    const { get } = createTestServer()
    const answer = await get('/api/ward/patients', { Authorization: header })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toContain('error="invalid_token"')
  })

  it('accepts the scheme Bearer in upper and lower case', async () => {
    const { signIn, get } = createTestServer()
    const { access } = await signIn()
    expect((await get('/api/ward/patients', { Authorization: `bearer ${access}` })).status).toBe(200)
  })
})

describe('the lifetime of an access token', () => {
  it.each([0, 1, 500, 999])('is never shorter than promised, issued %i ms into a second', async (offsetMs) => {
    const { signIn, patients, clock } = createTestServer({ accessLifetimeMs: 3_000 })
    clock.now = START_AT + offsetMs
    const { access } = await signIn()
    const { iat, exp } = decodeJwt(access)
    expect((exp ?? 0) - (iat ?? 0)).toBe(3)
    clock.now += 2_999
    expect((await patients(access)).status).toBe(200)
    clock.now += 1_001
    const late = await patients(access)
    expect(late.status).toBe(401)
    expect((await json(late)).error_description).toBe('the access token has expired')
  })

  it('never exceeds the end of the session', async () => {
    const { signIn, patients, clock } = createTestServer({ sessionLifetimeMs: MINUTE_MS })
    const { access } = await signIn()
    clock.now += MINUTE_MS - 1
    expect((await patients(access)).status).toBe(200)
    clock.now += 1
    expect((await patients(access)).status).toBe(401)
  })

  it('is given in whole seconds', async () => {
    const { post } = createTestServer({ accessLifetimeMs: 3_999 })
    const answer = await post('/auth/login', { username: 'amara', password: 'amara-pw' })
    expect((await json(answer)).expires_in).toBe(3)
  })
})

it('an access token names the user, the session and the roles, and differs each time', async () => {
  const { signIn, rotate } = createTestServer()
  const first = await signIn()
  const second = await rotate(first.refresh)
  const [one, two] = [decodeJwt(first.access), decodeJwt(second.access)]
  expect(one).toMatchObject({ sub: 'amara', name: 'Dr Amara', roles: ['clinician'], iat: START_AT / 1_000 })
  expect(two.sid).toBe(one.sid)
  expect(two.jti).not.toBe(one.jti)
})

it('signs access tokens with a random secret by default', async () => {
  const { signIn } = createTestServer({ secret: undefined })
  const { access } = await signIn()
  const other = createTestServer({ secret: undefined })
  expect((await other.get('/auth/me', bearer(access))).status).toBe(401)
})
