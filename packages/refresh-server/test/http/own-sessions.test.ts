import { describe, expect, it } from 'vitest'
import { dataOf, type ServiceClient, type ServiceTokens, signIn } from '../support/session-service.ts'
import { bearer, json, listenTestServer, MINUTE_MS, START_AT } from '../support/test-server.ts'

describe('GET /api/token/session-stats/:userId', () => {
  it("shows the user's own sessions", async () => {
    const client = await listenTestServer()
    const first = await signIn(client)
    client.clock.now += 1_000
    const second = await signIn(client)
    client.clock.now += 1_000
    await client.post('/api/token/refresh', { refreshToken: first.refreshToken })
    const answer = await client.get('/api/token/session-stats/amara', bearer(second.accessToken))
    const expiresAt = START_AT + 12 * 60 * MINUTE_MS
    expect(await dataOf(answer)).toEqual({
      userId: 'amara',
      activeSessions: 2,
      maxConcurrentSessions: 10,
      lastUsedAt: START_AT + 2_000,
      sessions: [
        {
          sessionId: first.sessionId,
          createdAt: START_AT,
          lastUsedAt: START_AT + 2_000,
          expiresAt,
          current: false,
        },
        {
          sessionId: second.sessionId,
          createdAt: START_AT + 1_000,
          lastUsedAt: START_AT + 1_000,
          expiresAt: expiresAt + 1_000,
          current: true,
        },
      ],
    })
  })

  it('needs the role admin for the sessions of another user', async () => {
    const client = await listenTestServer()
    const [amara, admin] = [await signIn(client), await signIn(client, 'admin')]
    const ask = (userId: string, { accessToken }: ServiceTokens) =>
      client.get(`/api/token/session-stats/${userId}`, bearer(accessToken))
    const refused = await ask('ben', amara)
    expect(refused.status).toBe(403)
    expect(await json(refused)).toMatchObject({ success: false, error: 'forbidden' })
    expect(await dataOf(await ask('amara', admin))).toMatchObject({ userId: 'amara', activeSessions: 1 })
    expect(await dataOf(await ask('ben', admin))).toMatchObject({ activeSessions: 0, lastUsedAt: null, sessions: [] })
  })

  it('refuses a request without an access token', async () => {
    const { get } = await listenTestServer()
    const answer = await get('/api/token/session-stats/amara')
    expect(answer.status).toBe(401)
    expect(await json(answer)).toMatchObject({ success: false, error: 'invalid_token' })
  })
})

describe("the user's own sessions", () => {
  const end = ({ send }: ServiceClient, sessionId: string, { accessToken }: ServiceTokens) =>
    send(`/api/token/sessions/${sessionId}`, { method: 'DELETE', headers: bearer(accessToken) })

  it('are listed, and can be ended one by one', async () => {
    const client = await listenTestServer()
    const [here, lost] = [await signIn(client), await signIn(client)]
    const list = async () => (await dataOf(await client.get('/api/token/sessions', bearer(here.accessToken)))).sessions
    expect(await list()).toMatchObject([
      { sessionId: here.sessionId, current: true },
      { sessionId: lost.sessionId, current: false },
    ])
    expect((await end(client, lost.sessionId, here)).status).toBe(200)
    expect(await list()).toMatchObject([{ sessionId: here.sessionId }])
    expect(await client.reasonFor(lost.refreshToken)).toBe('revoked')
    expect(await client.reasonFor(here.refreshToken)).toBe('ok')
  })

  it('include neither those of another user nor ended ones', async () => {
    const client = await listenTestServer()
    const [amara, ben] = [await signIn(client), await signIn(client, 'ben')]
    expect((await end(client, ben.sessionId, amara)).status).toBe(404)
    expect(await client.reasonFor(ben.refreshToken)).toBe('ok')
    const gone = await signIn(client)
    await client.post('/api/token/logout', { refreshToken: gone.refreshToken })
    expect((await end(client, gone.sessionId, amara)).status).toBe(404)
    expect((await end(client, 'nonsense', amara)).status).toBe(404)
  })
})

describe('GET /api/token/health', () => {
  it('reports that the store answers', async () => {
    const { get } = await listenTestServer()
    const answer = await get('/api/token/health')
    expect(answer.status).toBe(200)
    expect(await dataOf(answer)).toEqual({ status: 'ok' })
  })
})

it('an unknown endpoint below /api/token gets 404 with success false', async () => {
  const { get } = await listenTestServer()
  const answer = await get('/api/token/nothing')
  expect(answer.status).toBe(404)
  expect(await json(answer)).toMatchObject({ success: false, error: 'not_found' })
})
