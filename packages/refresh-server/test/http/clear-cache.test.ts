import { describe, expect, it } from 'vitest'
import { bearer, createTestServer, json } from '../support/test-server.ts'

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
const cleared = (answer: Response) => answer.headers.get('clear-site-data')

/** Only the cache: the SDK's ledger in the storage must stay. */
describe('Clear-Site-Data is "cache"', () => {
  it('for a sign-out with JSON', async () => {
    const { signIn, post } = createTestServer()
    const { refresh } = await signIn()
    expect(cleared(await post('/auth/logout', { refresh }))).toBe('"cache"')
  })

  it('for a sign-out at the session service', async () => {
    const { signIn, post } = createTestServer()
    const { refresh } = await signIn()
    expect(cleared(await post('/api/token/logout', { refreshToken: refresh }))).toBe('"cache"')
  })

  it('for a request that ends its own session, but not for the end of another session', async () => {
    const { signIn, get, send } = createTestServer()
    const [{ access }] = [await signIn(), await signIn()]
    const headers = bearer(access)
    const { sessions } = Object(Object(await json(await get('/api/token/sessions', headers))).data)
    for (const { sessionId, current } of [...sessions].reverse()) {
      const answer = await send(`/api/token/sessions/${sessionId}`, { method: 'DELETE', headers })
      expect(cleared(answer)).toBe(current ? '"cache"' : null)
    }
    expect(sessions).toHaveLength(2)
  })

  it('for a revocation (RFC 7009)', async () => {
    const { signIn, send } = createTestServer()
    const { refresh } = await signIn()
    const body = new URLSearchParams({ token: refresh }).toString()
    expect(cleared(await send('/oauth/revoke', { method: 'POST', headers: FORM, body }))).toBe('"cache"')
  })

  it('for a sign-out with cookies, unless a foreign page may have sent it', async () => {
    const { send } = createTestServer()
    const signOut = (headers: Record<string, string>) => send('/auth/cookie/logout', { method: 'POST', headers })
    expect(cleared(await signOut({ Cookie: 'csrftoken=x', 'X-CSRFToken': 'x' }))).toBe('"cache"')
    expect(cleared(await signOut({}))).toBeNull()
  })

  it('for no other answer', async () => {
    const { signIn, post } = createTestServer()
    const { refresh } = await signIn()
    for (const answer of [
      await post('/auth/refresh', { refresh }),
      await post('/auth/logout', {}),
      await post('/auth/login', { username: 'amara', password: 'wrong' }),
    ])
      expect(cleared(answer)).toBeNull()
  })
})
