import { describe, expect, it } from 'vitest'
import { createCookieJar, createTestServer, json, type Send } from '../support/test-server.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }

/** A browser with one cookie jar, in which one user after another signs in. */
function createBrowser(send: Send) {
  const jar = createCookieJar()

  async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const all = { ...JSON_TYPE, ...headers, 'X-CSRFToken': jar.get('csrftoken') ?? '', Cookie: jar.headerFor(path) }
    const answer = await send(path, { method: 'POST', headers: all, body: JSON.stringify(body) })
    jar.take(answer)
    return answer
  }

  return {
    jar,
    post,
    async signIn(username: string, query = '') {
      const answer = await json(await post(`/auth/cookie/login${query}`, { username, password: `${username}-pw` }))
      const access = String(answer.access ?? '')
      const [, claims = ''] = access.split('.')
      const sessionId = String(answer.sessionId ?? JSON.parse(Buffer.from(claims, 'base64url').toString()).sid)
      return { access, sessionId, token: jar.get('refresh_token') ?? '' }
    },
    signOut: (sessionId: unknown, access?: string) =>
      post('/auth/cookie/logout', { sessionId }, access ? { Authorization: `Bearer ${access}` } : {}),
  }
}

function setUp() {
  const server = createTestServer()
  return { ...server, browser: createBrowser(server.send) }
}

describe('scenario 47: a sign-out that names its session', () => {
  it('revokes that of the cookie, and clears the cookies', async () => {
    const { browser, reasonFor } = setUp()
    const { sessionId, token } = await browser.signIn('amara')
    expect((await browser.signOut(sessionId)).status).toBe(204)
    expect(browser.jar.names()).toEqual([])
    expect(await reasonFor(token)).toBe('revoked')
  })

  it.each([0, 3_600_000])(
    "revokes that of the access token with it, and leaves somebody else's session and cookies alone: the token is %s ms old",
    async (ageMs) => {
      const { browser, clock, reasonFor } = setUp()
      const amara = await browser.signIn('amara')
      clock.now += ageMs
      const ben = await browser.signIn('ben')
      const answer = await browser.signOut(amara.sessionId, amara.access)
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, []])
      expect(answer.headers.get('Clear-Site-Data')).toBeNull()
      expect(await reasonFor(amara.token)).toBe('revoked')
      expect(browser.jar.get('refresh_token')).toBe(ben.token)
      expect((await browser.post('/auth/cookie/refresh', {})).status).toBe(200)
    },
  )

  it('revokes another one of the same user', async () => {
    const { browser, reasonFor } = setUp()
    const before = await browser.signIn('amara')
    await browser.signIn('amara')
    expect((await browser.signOut(before.sessionId)).status).toBe(204)
    expect(await reasonFor(before.token)).toBe('revoked')
    expect((await browser.post('/auth/cookie/refresh', {})).status).toBe(200)
  })

  it.each([
    [
      'the cookie of another user',
      async (browser: ReturnType<typeof createBrowser>) => (await browser.signIn('ben')).access,
    ],
    ['no cookie', async (browser: ReturnType<typeof createBrowser>) => void browser.jar.clear()],
  ])(
    'is refused with 409 where it comes with %s: whoever knows the name of a session cannot end it',
    async (_, become) => {
      const { browser, patients } = setUp()
      const amara = await browser.signIn('amara')
      const access = await become(browser)
      const answer = await browser.signOut(amara.sessionId, access)
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([409, []])
      expect((await json(answer)).error).toBe('other_session')
      expect((await patients(amara.access)).status).toBe(200)
    },
  )

  it('has nothing to do where that session has ended', async () => {
    const { browser } = setUp()
    const amara = await browser.signIn('amara')
    await browser.signOut(amara.sessionId)
    const ben = await browser.signIn('ben')
    expect((await browser.signOut(amara.sessionId)).status).toBe(204)
    expect((await browser.signOut('no-such-session')).status).toBe(204)
    expect(browser.jar.get('refresh_token')).toBe(ben.token)
  })

  it('is told the name where no script sees an access token', async () => {
    const { browser, reasonFor } = setUp()
    const { sessionId, token } = await browser.signIn('amara', '?access=cookie')
    expect(await json(await browser.post('/auth/cookie/refresh', {}))).toEqual({ expires_in: 900, sessionId })
    await browser.signOut(sessionId)
    expect(await reasonFor(token)).toBe('revoked')
  })

  it('still needs the CSRF token', async () => {
    const { browser, send } = setUp()
    const { sessionId } = await browser.signIn('amara')
    const headers = { ...JSON_TYPE, Cookie: browser.jar.headerFor('/auth/cookie/logout') }
    const answer = await send('/auth/cookie/logout', { method: 'POST', headers, body: JSON.stringify({ sessionId }) })
    expect(answer.status).toBe(403)
  })

  it.each([7, '', 'x'.repeat(201)])('is refused by name with what is no name: %o', async (sessionId) => {
    const { browser } = setUp()
    await browser.signIn('amara')
    const answer = await browser.signOut(sessionId)
    expect(answer.status).toBe(400)
    expect((await json(answer)).error_description).toContain('"sessionId"')
  })
})
