import { describe, expect, it } from 'vitest'
import { bearer, json, listenTestServer, MINUTE_MS, type Tokens } from '../support/test-server.ts'
import { rotateOften, statusesOf } from './support.ts'

describe('refreshes of one session', () => {
  it('are refused over the limit with Retry-After, before the token is spent', async () => {
    const { signIn, rotate, refresh, reasonFor } = await listenTestServer({
      reuse: 'strict',
      rateLimit: { windowMs: 60_000, maxRequests: 3 },
    })
    const other = await signIn()
    const token = await rotateOften(rotate, await signIn(), 3)
    for (const _ of [1, 2]) {
      const refused = await refresh(token)
      expect(refused.status).toBe(429)
      expect(await json(refused)).toMatchObject({ error: 'too_many_requests' })
      const retryAfter = Number(refused.headers.get('Retry-After'))
      expect(retryAfter).toBeGreaterThanOrEqual(1)
      expect(retryAfter).toBeLessThanOrEqual(60)
    }
    expect(await reasonFor(other.refresh)).toBe('ok')
  })

  it('are accepted with the same token after the window', async () => {
    const { signIn, rotate, refresh } = await listenTestServer({
      reuse: 'strict',
      rateLimit: { windowMs: 1_000, maxRequests: 2 },
    })
    const token = await rotateOften(rotate, await signIn(), 2)
    const statuses = new Set<number>()
    await expect
      .poll(
        async () => {
          const { status } = await refresh(token)
          statuses.add(status)
          return status
        },
        { timeout: 10_000 },
      )
      .toBe(200)
    expect([...statuses].filter((status) => status !== 429)).toEqual([200])
  })

  it('have a limit that grows with shorter access tokens', async () => {
    const { signIn, rotate, refresh } = await listenTestServer({
      accessLifetimeMs: 3_000,
      rateLimit: { windowMs: 60_000, maxRequests: 1 },
    })
    // One in 3 s is enough: 20 in the window.
    const token = await rotateOften(rotate, await signIn(), 80)
    expect((await refresh(token)).status).toBe(429)
  })

  it('have a limit of 100 in 15 minutes by default', async () => {
    const { signIn, rotate, refresh } = await listenTestServer()
    const token = await rotateOften(rotate, await signIn(), 100)
    const refused = await refresh(token)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(60)
  })

  it('are not limited by somebody who found an old token', async () => {
    const { signIn, rotate, refresh, reasonFor, clock } = await listenTestServer({
      refreshLifetimeMs: 2 * MINUTE_MS,
      rateLimit: { maxRequests: 4 },
    })
    const old = await signIn()
    clock.now += MINUTE_MS
    const current = await rotate(old.refresh)
    clock.now += MINUTE_MS
    const finder = () => refresh(old.refresh, 'key')
    expect(await statusesOf([finder, finder, finder, finder, finder])).toEqual([401, 401, 401, 401, 429])
    expect(await reasonFor(current.refresh)).toBe('ok')
  })

  it('with a stolen token cannot hide its reuse behind the limit', async () => {
    const { signIn, rotate, refresh, reasonFor, patients } = await listenTestServer({
      reuse: 'strict',
      rateLimit: { windowMs: 60_000, maxRequests: 3 },
    })
    const owner = await signIn()
    const stolen = await rotateOften(rotate, owner, 3)
    expect((await refresh(stolen)).status).toBe(429)
    expect(await reasonFor(owner.refresh)).toBe('reused')
    expect((await patients(owner.access)).status).toBe(401)
  })

  it('are not limited by other requests of the session', async () => {
    const { signIn, post, send, clock } = await listenTestServer({ rateLimit: { maxRequests: 2 } })
    const { access, refresh } = await signIn()
    const validate = () => post('/api/token/validate', { accessToken: access })
    expect(await statusesOf([validate, validate, validate])).toEqual([200, 200, 429])
    clock.now += 14 * MINUTE_MS
    const refreshed = await post('/api/token/auto-refresh', { refreshToken: refresh, accessToken: access })
    expect(refreshed.status).toBe(200)
    const { accessToken, sessionId } = Object(Object(await json(refreshed)).data)
    const ended = await send(`/api/token/sessions/${sessionId}`, { method: 'DELETE', headers: bearer(accessToken) })
    expect(ended.status).toBe(200)
  })

  it('are not counted without limits', async () => {
    const { signIn, rotate } = await listenTestServer({ rateLimit: false })
    await rotateOften(rotate, await signIn(), 101)
  })
})

describe('an address', () => {
  // 1,400 requests take a while on a busy machine.
  it('with 200 browsers refreshes normally while one of them guesses tokens', {
    timeout: 90_000,
  }, async () => {
    const { signIn, rotate, refresh } = await listenTestServer({ maxSessions: 200 })
    let browsers: Tokens[] = []
    for (let count = 0; count < 100; count += 1) browsers.push(await signIn('amara'), await signIn('ben'))

    const guessed: number[] = []
    const guess = async () => {
      guessed.push((await refresh(`guess ${guessed.length}`)).status)
    }
    for (const _ of [1, 2, 3]) {
      const next: Tokens[] = []
      // Throws for any answer but tokens.
      for (const { refresh: token } of browsers) next.push((await Promise.all([rotate(token), guess()]))[0])
      browsers = next
    }
    expect(guessed).toEqual(Array(600).fill(401))
  })

  it('whose sessions were lost gets a rejection for each browser, in all flavours', async () => {
    const { refresh, post, send } = await listenTestServer({ rateLimit: { maxRequests: 1 } })
    const oauth = { method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }) }
    const csrf = { Cookie: 'refresh_token=x; csrftoken=y', 'X-CSRFToken': 'y' }
    const ways = [
      () => refresh('x'),
      () => post('/api/token/refresh', { refreshToken: 'x' }),
      () => post('/api/token/auto-refresh', { refreshToken: 'x', accessToken: 'x' }),
      () => post('/auth/cookie/refresh', undefined, csrf),
      () => send('/oauth/token', oauth),
    ]
    expect(await statusesOf([...ways, ...ways])).toEqual([401, 401, 401, 401, 400, 401, 401, 401, 401, 400])
  })

  it('has one limit for invalid access tokens', async () => {
    const { post, signIn, reasonFor } = await listenTestServer({ rateLimit: { maxRequests: 2 } })
    const { refresh } = await signIn()
    const ask = () => post('/api/token/validate', { accessToken: 'x' })
    expect(await statusesOf([ask, ask, ask])).toEqual([200, 200, 429])
    const refused = await ask()
    expect(await json(refused)).toMatchObject({ success: false, error: 'too_many_requests' })
    expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect(await reasonFor(refresh)).toBe('ok')
  })

  it('has no limit for requests without a cookie', async () => {
    const { post } = await listenTestServer({ rateLimit: { maxRequests: 1 } })
    const ask = () => post('/auth/cookie/refresh')
    expect(await statusesOf([ask, ask, ask])).toEqual([401, 401, 401])
  })

  it('comes from the connection', async () => {
    const { post } = await listenTestServer({ rateLimit: { maxRequests: 1 } })
    const from = (address: string) => () =>
      post('/api/token/validate', { accessToken: 'x' }, { 'X-Forwarded-For': address })
    expect(await statusesOf([from('192.0.2.1'), from('192.0.2.2')])).toEqual([200, 429])
  })

  it('comes from the trusted proxy, never from the caller', async () => {
    const { post } = await listenTestServer({ rateLimit: { maxRequests: 1 }, trustedProxies: 1 })
    const from = (address: string) => () =>
      post('/api/token/validate', { accessToken: 'x' }, { 'X-Forwarded-For': address })
    const [one, two] = ['192.0.2.1', '2001:db8::1']
    expect(await statusesOf([from(one), from(one), from(two), from('2001:db8::2')])).toEqual([200, 429, 200, 429])
    expect(await statusesOf([from(`192.0.2.9, ${one}`), from(`${one}, 192.0.2.9`)])).toEqual([429, 200])
    expect(await statusesOf([from('nonsense'), from('')])).toEqual([200, 429])
  })
})
