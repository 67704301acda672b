import { describe, expect, it } from 'vitest'
import { attributesOf, bearer, createCookieJar, createTestServer, json, type Send } from '../support/test-server.ts'

const CREDENTIALS = { username: 'amara', password: 'amara-pw' }

function createBrowser(send: Send) {
  const jar = createCookieJar()
  async function request(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
    const answer = await send(path, { ...init, headers: { ...init.headers, Cookie: jar.headerFor(path) } })
    jar.take(answer)
    return answer
  }
  return {
    jar,
    request,
    csrf: () => ({ 'X-CSRFToken': jar.get('csrftoken') ?? '' }),
    signIn: (query = '') =>
      request(`/auth/cookie/login${query}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(CREDENTIALS),
      }),
    refresh: (headers: Record<string, string>) => request('/auth/cookie/refresh', { method: 'POST', headers }),
    signOut: (headers: Record<string, string>) => request('/auth/cookie/logout', { method: 'POST', headers }),
  }
}

describe('sign-in with cookies', () => {
  it('stores the refresh token where scripts and other paths cannot read it', async () => {
    const { send } = createTestServer()
    const browser = createBrowser(send)
    const answer = await browser.signIn()
    expect(answer.status).toBe(200)
    expect(Object.keys(await json(answer.clone())).sort()).toEqual(['access', 'expires_in', 'user'])
    expect(await answer.text()).not.toContain(browser.jar.get('refresh_token'))
    expect(attributesOf(answer)).toEqual({
      refresh_token: ['HttpOnly', 'Max-Age=43200', 'Path=/auth/cookie', 'SameSite=Strict'],
      csrftoken: ['Max-Age=43200', 'Path=/', 'SameSite=Strict'],
      access_token: ['HttpOnly', 'Max-Age=0', 'Path=/api', 'SameSite=Strict'],
    })
    expect(browser.jar.names()).toEqual(['csrftoken', 'refresh_token'])
  })

  it('uses Secure and the prefixes over https', async () => {
    const { server } = createTestServer()
    const https: Send = async (path, init) => server.app.request(`https://ward.example${path}`, init)
    const browser = createBrowser(https)
    const answer = await browser.signIn('?access=cookie')
    expect(attributesOf(answer)).toEqual({
      '__Host-refresh_token': ['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict', 'Secure'],
      '__Host-csrftoken': ['Max-Age=43200', 'Path=/', 'SameSite=Strict', 'Secure'],
      '__Host-access_token': ['HttpOnly', 'Max-Age=900', 'Path=/', 'SameSite=Strict', 'Secure'],
    })
    const csrf = { 'X-CSRFToken': browser.jar.get('__Host-csrftoken') ?? '' }
    expect((await browser.refresh(csrf)).status).toBe(200)
    expect((await browser.request('/api/ward/patients')).status).toBe(200)
    expect((await browser.signOut(csrf)).status).toBe(204)
    expect(browser.jar.names()).toEqual([])
  })

  it('ignores a cookie without prefix over https, which a sibling domain could have set', async () => {
    const { server, signIn } = createTestServer()
    const { refresh } = await signIn()
    const answer = await server.app.request('https://ward.example/auth/cookie/refresh', {
      method: 'POST',
      headers: { Cookie: `refresh_token=${refresh}; csrftoken=x`, 'X-CSRFToken': 'x' },
    })
    expect((await json(answer)).reason).toBe('unknown')
  })

  it('creates a new CSRF token', async () => {
    const browser = createBrowser(createTestServer().send)
    await browser.signIn()
    const before = browser.jar.get('csrftoken')
    await browser.signIn()
    expect(browser.jar.get('csrftoken')).not.toBe(before)
  })

  it('refuses wrong credentials, without cookies', async () => {
    const { post } = createTestServer()
    const answer = await post('/auth/cookie/login', { username: 'amara', password: 'wrong' })
    expect(answer.status).toBe(401)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  it('names an invalid value of the parameter access', async () => {
    const { post } = createTestServer()
    const answer = await post('/auth/cookie/login?access=header', CREDENTIALS)
    expect(answer.status).toBe(400)
    expect((await json(answer)).error_description).toContain('"access"')
  })
})

describe('refresh with cookies', () => {
  it('rotates the cookie and keeps the CSRF token', async () => {
    const { send, patients } = createTestServer()
    const browser = createBrowser(send)
    await browser.signIn()
    const [before, csrfBefore] = [browser.jar.get('refresh_token'), browser.jar.get('csrftoken')]
    const answer = await browser.refresh(browser.csrf())
    expect(answer.status).toBe(200)
    const { access, ...rest } = await json(answer)
    expect(rest).toEqual({ expires_in: 900 })
    expect((await patients(String(access))).status).toBe(200)
    expect(browser.jar.get('refresh_token')).not.toBe(before)
    expect(browser.jar.get('csrftoken')).toBe(csrfBefore)
  })

  it('sets cookies that last no longer than the session', async () => {
    const { send, clock } = createTestServer({ sessionLifetimeMs: 3_600_000 })
    const browser = createBrowser(send)
    await browser.signIn()
    clock.now += 3_300_000
    const { refresh_token: refreshToken, csrftoken } = attributesOf(await browser.refresh(browser.csrf()))
    expect(refreshToken).toContain('Max-Age=300')
    expect(csrftoken).toContain('Max-Age=300')
  })

  it('sets the same cookie again for the same idempotency key', async () => {
    const { send } = createTestServer()
    const browser = createBrowser(send)
    await browser.signIn()
    const cookies = browser.jar.headerFor('/auth/cookie/refresh')
    const headers = { ...browser.csrf(), 'Idempotency-Key': 'key', Cookie: cookies }
    const once = await send('/auth/cookie/refresh', { method: 'POST', headers })
    const twice = await send('/auth/cookie/refresh', { method: 'POST', headers })
    expect(once.status).toBe(200)
    expect(twice.headers.getSetCookie()[0]).toBe(once.headers.getSetCookie()[0])
  })

  it.each([
    ['no header', () => ({})],
    ['an empty header', () => ({ 'X-CSRFToken': '' })],
    ['another token', () => ({ 'X-CSRFToken': 'other' })],
    ['a longer token', (token: string) => ({ 'X-CSRFToken': `${token}x` })],
  ])('refuses %s with 403 and leaves the token unspent', async (_, headersFor) => {
    const browser = createBrowser(createTestServer({ reuse: 'strict' }).send)
    await browser.signIn()
    const answer = await browser.refresh(headersFor(browser.jar.get('csrftoken') ?? ''))
    expect(answer.status).toBe(403)
    expect((await json(answer)).error).toBe('csrf_failed')
    expect((await browser.refresh(browser.csrf())).status).toBe(200)
  })

  it('refuses a CSRF header without the cookie', async () => {
    const { send } = createTestServer()
    const browser = createBrowser(send)
    await browser.signIn()
    const headers = { Cookie: `refresh_token=${browser.jar.get('refresh_token')}`, 'X-CSRFToken': 'x' }
    expect((await send('/auth/cookie/refresh', { method: 'POST', headers })).status).toBe(403)
  })

  it('tells a page without cookies that it has no session', async () => {
    const { post } = createTestServer()
    const answer = await post('/auth/cookie/refresh')
    expect(answer.status).toBe(401)
    expect((await json(answer)).reason).toBe('unknown')
  })

  it('clears no cookie with a rejection, which may be older than the cookie', async () => {
    const { send } = createTestServer({ reuse: 'strict' })
    const browser = createBrowser(send)
    await browser.signIn()
    const stale = browser.jar.headerFor('/auth/cookie/refresh')
    await browser.refresh(browser.csrf())
    const late = await send('/auth/cookie/refresh', { method: 'POST', headers: { ...browser.csrf(), Cookie: stale } })
    expect(late.status).toBe(401)
    expect((await json(late)).reason).toBe('reused')
    expect(Object.keys(attributesOf(late))).toEqual(['refresh_marker'])
  })
})

describe('sign-out with cookies', () => {
  it('revokes the session and clears every cookie', async () => {
    const { send, reasonFor } = createTestServer()
    const browser = createBrowser(send)
    await browser.signIn('?access=cookie')
    const token = browser.jar.get('refresh_token') ?? ''
    expect((await browser.signOut(browser.csrf())).status).toBe(204)
    expect(browser.jar.names()).toEqual([])
    expect(await reasonFor(token)).toBe('revoked')
  })

  it('needs the CSRF token', async () => {
    const browser = createBrowser(createTestServer().send)
    await browser.signIn()
    expect((await browser.signOut({})).status).toBe(403)
    expect((await browser.refresh(browser.csrf())).status).toBe(200)
  })

  it('clears nothing for the request of a foreign page, which comes without cookies', async () => {
    const { post } = createTestServer()
    const answer = await post('/auth/cookie/logout')
    expect(answer.status).toBe(204)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  it('clears the other cookies if the refresh cookie is already missing', async () => {
    const { send } = createTestServer()
    const answer = await send('/auth/cookie/logout', {
      method: 'POST',
      headers: { Cookie: 'csrftoken=x', 'X-CSRFToken': 'x' },
    })
    expect(answer.headers.getSetCookie()).toHaveLength(4)
  })
})

describe('the access token as a cookie', () => {
  it('appears in no body, and is renewed by a refresh', async () => {
    const browser = createBrowser(createTestServer().send)
    const signedIn = await browser.signIn('?access=cookie')
    const { sessionId, ...answer } = await json(signedIn)
    expect(Object.keys(answer).sort()).toEqual(['expires_in', 'user'])
    const before = browser.jar.get('access_token')
    const refreshed = await browser.refresh(browser.csrf())
    expect(await json(refreshed)).toEqual({ expires_in: 900, sessionId })
    expect(browser.jar.get('access_token')).not.toBe(before)
    expect((await browser.request('/api/ward/patients')).status).toBe(200)
  })

  it('needs the CSRF token for unsafe methods', async () => {
    const browser = createBrowser(createTestServer().send)
    await browser.signIn('?access=cookie')
    const note = { method: 'POST', body: JSON.stringify({ text: 'slept well' }) }
    const headers = { 'Content-Type': 'application/json' }
    const path = '/api/ward/patients/p01/notes'
    const refused = await browser.request(path, { ...note, headers })
    expect(refused.status).toBe(403)
    expect((await json(refused)).error).toBe('csrf_failed')
    expect((await browser.request(path, { ...note, headers: { ...headers, ...browser.csrf() } })).status).toBe(201)
  })

  it('is ignored if there is an Authorization header', async () => {
    const browser = createBrowser(createTestServer().send)
    await browser.signIn('?access=cookie')
    expect((await browser.request('/api/ward/patients', { headers: bearer('nonsense') })).status).toBe(401)
  })

  it('is cleared by a later sign-in that does not ask for it', async () => {
    const browser = createBrowser(createTestServer().send)
    await browser.signIn('?access=cookie')
    await browser.signIn()
    expect(browser.jar.names()).toEqual(['csrftoken', 'refresh_token'])
  })
})
