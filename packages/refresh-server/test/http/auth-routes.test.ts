import { describe, expect, it } from 'vitest'
import { DEMO_USERS, hashPassword } from '../../src/index.ts'
import { isPasswordHash, verifyPassword } from '../../src/users/passwords.ts'
import { bearer, createTestServer, json } from '../support/test-server.ts'

describe('POST /auth/login', () => {
  it('gives tokens and the user', async () => {
    const { post } = createTestServer()
    const answer = await post('/auth/login', { username: 'amara', password: 'amara-pw' })
    expect(answer.status).toBe(200)
    expect(await json(answer)).toEqual({
      access: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh: expect.stringMatching(/^[\w-]{43}$/),
      expires_in: 900,
      user: { username: 'amara', name: 'Dr Amara', roles: ['clinician'] },
    })
  })

  it.each([
    ['a wrong password', 'amara', 'ben-pw'],
    ['an unknown user', 'nobody', 'amara-pw'],
    ['a name from the prototype', '__proto__', 'amara-pw'],
  ])('answers %s the same way', async (_, username, password) => {
    const { post } = createTestServer()
    const answer = await post('/auth/login', { username, password })
    expect([answer.status, answer.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer'])
    expect(await json(answer)).toEqual({
      error: 'invalid_credentials',
      error_description: 'the username or the password is wrong',
    })
  })

  it.each(['amara', 'ben', 'admin', 'qa'])('knows the demo user %s by default', async (username) => {
    const { post } = createTestServer({ users: DEMO_USERS })
    const answer = await post('/auth/login', { username, password: `${username}-demo` })
    expect(answer.status).toBe(200)
  })
})

describe('POST /auth/logout', () => {
  it.each(['the current', 'a spent'])('revokes the session of %s token', async (which) => {
    const { signIn, rotate, reasonFor, post, patients } = createTestServer()
    const first = await signIn()
    const second = await rotate(first.refresh)
    const answer = await post('/auth/logout', { refresh: which === 'a spent' ? first.refresh : second.refresh })
    expect(answer.status).toBe(204)
    expect(await reasonFor(second.refresh)).toBe('revoked')
    expect((await patients(second.access)).status).toBe(401)
  })

  it('accepts an unknown token and a second sign-out', async () => {
    const { signIn, post } = createTestServer()
    const { refresh } = await signIn()
    expect((await post('/auth/logout', { refresh: 'never issued' })).status).toBe(204)
    expect((await post('/auth/logout', { refresh })).status).toBe(204)
    expect((await post('/auth/logout', { refresh })).status).toBe(204)
  })

  it('leaves the other sessions of the user alone', async () => {
    const { signIn, post, reasonFor } = createTestServer()
    const mine = await signIn()
    const other = await signIn()
    await post('/auth/logout', { refresh: mine.refresh })
    expect(await reasonFor(other.refresh)).toBe('ok')
  })
})

describe('GET /auth/me', () => {
  it('names the user of the access token', async () => {
    const { signIn, get } = createTestServer()
    const { access } = await signIn('ben')
    const answer = await get('/auth/me', bearer(access))
    expect(await json(answer)).toEqual({ user: { username: 'ben', name: 'Ben', roles: ['clinician'] } })
  })

  it('refuses a request without an access token', async () => {
    const { get } = createTestServer()
    expect((await get('/auth/me')).status).toBe(401)
  })
})

it('every answer has Cache-Control: no-store', async () => {
  const { get, post, signIn } = createTestServer()
  const { access, refresh } = await signIn()
  const answers = [
    await post('/auth/login', { username: 'amara', password: 'amara-pw' }),
    await post('/auth/login', {}),
    await post('/auth/refresh', { refresh }),
    await post('/auth/refresh', { refresh: 'never issued' }),
    await post('/auth/logout', { refresh }),
    await post('/auth/cookie/refresh'),
    await get('/auth/me'),
    await get('/api/ward/patients', bearer(access)),
    await get('/nowhere'),
  ]
  expect(answers.map((answer) => answer.headers.get('Cache-Control'))).toEqual(answers.map(() => 'no-store'))
})

describe('passwords', () => {
  it('are hashed with a random salt', async () => {
    const [one, two] = [await hashPassword('same'), await hashPassword('same')]
    expect(one).not.toBe(two)
    expect(one).not.toContain('same')
    expect(await verifyPassword('same', one)).toBe(true)
    expect(await verifyPassword('same', two)).toBe(true)
    expect(await verifyPassword('Same', one)).toBe(false)
  })

  it('are hashed slowly by default', async () => {
    expect(await hashPassword('some')).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/)
  })

  it('match in any Unicode normalization', async () => {
    const hash = await hashPassword('caf\u00e9', { ln: 4 })
    expect(await verifyPassword('cafe\u0301', hash)).toBe(true)
  })

  it.each([
    'plain',
    '$scrypt$ln=14,r=8,p=5$short$short',
    '$scrypt$ln=0,r=8,p=5$80ZzIrfDPAB8Fz3CMvRkdw$PbDV4fS6X/OtvZE3NFqu4jqKXB+1thkmtRtICD3Rt4E',
    '$scrypt$ln=30,r=8,p=5$80ZzIrfDPAB8Fz3CMvRkdw$PbDV4fS6X/OtvZE3NFqu4jqKXB+1thkmtRtICD3Rt4E',
    '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
  ])('match no invalid hash %s', async (hash) => {
    expect(isPasswordHash(hash)).toBe(false)
    expect(await verifyPassword('plain', hash)).toBe(false)
  })
})
