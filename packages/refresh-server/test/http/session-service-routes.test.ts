import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { dataOf, type ServiceClient, signIn } from '../support/session-service.ts'
import { bearer, json, listenTestServer, MINUTE_MS, START_AT } from '../support/test-server.ts'

describe('POST /api/token/login', () => {
  it('gives tokens, the session and the user', async () => {
    const { post } = await listenTestServer()
    expect(await json(await post('/api/token/login', { username: 'amara', password: 'amara-pw' }))).toEqual({
      success: true,
      data: {
        accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        refreshToken: expect.stringMatching(/^[\w-]{43}$/),
        expiresIn: 900_000,
        sessionId: expect.stringMatching(/^[\da-f-]{36}$/),
        user: { username: 'amara', name: 'Dr Amara', roles: ['clinician'] },
      },
    })
  })

  it('refuses wrong credentials with success false', async () => {
    const { post } = await listenTestServer()
    const answer = await post('/api/token/login', { username: 'amara', password: 'wrong' })
    expect(answer.status).toBe(401)
    expect(await json(answer)).toMatchObject({ success: false, error: 'invalid_credentials' })
  })
})

describe('POST /api/token/refresh', () => {
  it('gives a new access and a new refresh token of the same session', async () => {
    const client = await listenTestServer()
    const { refreshToken, sessionId } = await signIn(client)
    const data = await dataOf(await client.post('/api/token/refresh', { refreshToken }))
    expect(data).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.stringMatching(/^[\w-]{43}$/),
      expiresIn: 900_000,
      sessionId,
    })
    expect(data.refreshToken).not.toBe(refreshToken)
    expect((await client.patients(String(data.accessToken))).status).toBe(200)
  })

  it('gives the same refresh token without rotation', async () => {
    const client = await listenTestServer({ rotate: false })
    const { refreshToken } = await signIn(client)
    for (const _ of [1, 2]) {
      expect(await dataOf(await client.post('/api/token/refresh', { refreshToken }))).toMatchObject({ refreshToken })
    }
  })

  it('rejects a spent token with 401 and success false', async () => {
    const client = await listenTestServer({ reuse: 'strict' })
    const { refreshToken } = await signIn(client)
    await client.post('/api/token/refresh', { refreshToken })
    const answer = await client.post('/api/token/refresh', { refreshToken })
    expect(answer.status).toBe(401)
    expect(await json(answer)).toMatchObject({ success: false, error: 'invalid_grant', reason: 'reused' })
  })

  it('answers a repeated key with the same successor, and closes the connection', async () => {
    const client = await listenTestServer()
    const { refreshToken } = await signIn(client)
    const ask = () => client.post('/api/token/refresh', { refreshToken }, { 'Idempotency-Key': 'key' })
    const [once, twice] = [await ask(), await ask()]
    expect(once.headers.get('Connection')).toBe('close')
    expect((await dataOf(twice)).refreshToken).toBe((await dataOf(once)).refreshToken)
  })

  it.each([{}, { refreshToken: '' }, { refreshToken: 7 }, { refresh: 'x' }])(
    'names what is wrong with %j',
    async (body) => {
      const { post } = await listenTestServer()
      const answer = await post('/api/token/refresh', body)
      expect(answer.status).toBe(400)
      const { success, error_description: description } = await json(answer)
      expect(success).toBe(false)
      expect(description).toContain('"refreshToken"')
    },
  )
})

describe('POST /api/token/validate', () => {
  const stateOf = async ({ post }: ServiceClient, accessToken: string) =>
    dataOf(await post('/api/token/validate', undefined, bearer(accessToken)))

  it('describes a valid token', async () => {
    const client = await listenTestServer()
    const { accessToken } = await signIn(client)
    client.clock.now += 5 * MINUTE_MS
    const expected = {
      isValid: true,
      isExpired: false,
      needsRefresh: false,
      expiresAt: START_AT + 15 * MINUTE_MS,
      timeUntilExpiry: 10 * MINUTE_MS,
      userId: 'amara',
    }
    expect(await stateOf(client, accessToken)).toEqual(expected)
    expect(await dataOf(await client.post('/api/token/validate', { accessToken }))).toEqual(expected)
  })

  it.each([
    [undefined, 2],
    [5 * MINUTE_MS, 5],
    // Never in the first half of the lifetime.
    [14 * MINUTE_MS, 7.5],
  ])('with the threshold %s a refresh is needed %s minutes before the end', async (autoRefreshThresholdMs, minutes) => {
    const client = await listenTestServer({ autoRefreshThresholdMs })
    const { accessToken } = await signIn(client)
    client.clock.now += (15 - minutes) * MINUTE_MS - 1
    expect(await stateOf(client, accessToken)).toMatchObject({ isValid: true, needsRefresh: false })
    client.clock.now += 1
    expect(await stateOf(client, accessToken)).toMatchObject({ isValid: true, needsRefresh: true })
  })

  it('describes an expired token', async () => {
    const client = await listenTestServer()
    const { accessToken } = await signIn(client)
    client.clock.now += 16 * MINUTE_MS
    expect(await stateOf(client, accessToken)).toEqual({
      isValid: false,
      isExpired: true,
      needsRefresh: true,
      expiresAt: START_AT + 15 * MINUTE_MS,
      timeUntilExpiry: 0,
      userId: 'amara',
    })
  })

  it('describes a token whose session was signed out', async () => {
    const client = await listenTestServer()
    const { accessToken, refreshToken } = await signIn(client)
    await dataOf(await client.post('/api/token/logout', { refreshToken }))
    expect(await stateOf(client, accessToken)).toMatchObject({ isValid: false, isExpired: false, userId: 'amara' })
  })

  it('names no user for a token of another server', async () => {
    const client = await listenTestServer()
    const { accessToken } = await signIn(client)
    const forged = accessToken.replace(/[^.]+$/, (signature) => [...signature].reverse().join(''))
    expect(await stateOf(client, forged)).toEqual({
      isValid: false,
      isExpired: false,
      needsRefresh: true,
      expiresAt: null,
      timeUntilExpiry: 0,
      userId: null,
    })
  })

  it('refuses a request without a token', async () => {
    const { post } = await listenTestServer()
    expect((await post('/api/token/validate', {})).status).toBe(400)
  })
})

describe('POST /api/token/auto-refresh', () => {
  it('refreshes only inside the threshold', async () => {
    const client = await listenTestServer()
    const { accessToken, refreshToken } = await signIn(client)
    const ask = async () => dataOf(await client.post('/api/token/auto-refresh', { refreshToken, accessToken }))
    client.clock.now += 12 * MINUTE_MS
    expect(await ask()).toEqual({
      refreshed: false,
      expiresAt: START_AT + 15 * MINUTE_MS,
      timeUntilExpiry: 3 * MINUTE_MS,
    })
    client.clock.now += MINUTE_MS
    const data = await ask()
    expect(data).toMatchObject({ refreshed: true, expiresIn: 900_000 })
    expect(data.refreshToken).not.toBe(refreshToken)
  })

  it('reads the access token from the header, and refreshes without one', async () => {
    const client = await listenTestServer()
    const { accessToken, refreshToken } = await signIn(client)
    const path = '/api/token/auto-refresh'
    expect(await dataOf(await client.post(path, { refreshToken }, bearer(accessToken)))).toMatchObject({
      refreshed: false,
    })
    expect(await dataOf(await client.post(path, { refreshToken }))).toMatchObject({ refreshed: true })
  })

  it('refreshes if the access token belongs to another session', async () => {
    const client = await listenTestServer()
    const [one, other] = [await signIn(client), await signIn(client, 'ben')]
    const ask = (refreshToken: string) =>
      client.post('/api/token/auto-refresh', { refreshToken }, bearer(one.accessToken))
    expect((await ask('nonsense')).status).toBe(401)
    expect(await dataOf(await ask(other.refreshToken))).toMatchObject({ refreshed: true, sessionId: other.sessionId })
    expect(await dataOf(await ask(one.refreshToken))).toMatchObject({ refreshed: false })
  })

  it('rejects a spent token like a refresh', async () => {
    const { post } = await listenTestServer()
    const answer = await post('/api/token/auto-refresh', { refreshToken: 'never issued' })
    expect(answer.status).toBe(401)
    expect(await json(answer)).toMatchObject({ success: false, error: 'invalid_grant', reason: 'unknown' })
  })
})

it('a broken request gets success false as well', async () => {
  const { url } = await listenTestServer()
  const { port, hostname } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname })
  socket.write('GET /api/token/health HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n')
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1.1 400 /)
  expect(JSON.parse(body)).toMatchObject({ success: false, error: 'invalid_request' })
})
