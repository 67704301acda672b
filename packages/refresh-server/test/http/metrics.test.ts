import { describe, expect, it } from 'vitest'
import { bearer, json, listenTestServer, MINUTE_MS } from '../support/test-server.ts'

const TOKEN = 'f3a9c1d27b5e8640a1b2c3d4e5f60718'

async function readMetrics({ get }: Awaited<ReturnType<typeof listenTestServer>>): Promise<string> {
  const answer = await get('/metrics', bearer(TOKEN))
  expect(answer.status).toBe(200)
  expect(answer.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return answer.text()
}

describe('the metrics', () => {
  it('do not exist without a configured token', async () => {
    const { get } = await listenTestServer()
    const answer = await get('/metrics')
    expect(answer.status).toBe(404)
    expect(await json(answer)).toMatchObject({ error: 'not_found' })
  })

  it.each([
    ['no token', {}],
    ['another token', bearer(`${TOKEN}0`)],
    ['another scheme', { Authorization: `Basic ${TOKEN}` }],
    ['the token in a cookie', { Cookie: `access_token=${TOKEN}` }],
  ])('are refused to a request with %s', async (_, headers) => {
    const { get } = await listenTestServer({ metricsToken: TOKEN })
    const answer = await get('/metrics', headers)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
    expect(await answer.text()).not.toContain('refresh_server')
  })

  it("are refused to a request with a user's access token", async () => {
    const { get, signIn } = await listenTestServer({ metricsToken: TOKEN })
    const { access } = await signIn('admin')
    expect((await get('/metrics', bearer(access))).status).toBe(401)
  })

  it('need no token in the QA mode', async () => {
    const { get } = await listenTestServer({ qa: true })
    expect((await get('/metrics')).status).toBe(200)
  })

  it('count operations and requests, and describe the process', async () => {
    const client = await listenTestServer({ metricsToken: TOKEN })
    const { refresh } = await client.signIn()
    client.clock.now += MINUTE_MS
    await client.rotate(refresh, 'key')
    await client.rotate(refresh, 'key')
    await client.refresh(refresh, 'another')
    await client.post('/auth/login', { username: 'amara', password: 'wrong' })
    await client.get('/no/such/page')
    const lines = (await readMetrics(client)).split('\n')
    const operation = (labels: string) => `refresh_server_operations_total{${labels}} 1`
    expect(lines).toEqual(
      expect.arrayContaining([
        operation('operation="sign-in",outcome="ok",detail="password"'),
        operation('operation="sign-in",outcome="refused",detail="invalid_credentials"'),
        operation('operation="refresh",outcome="ok",detail="rotated"'),
        operation('operation="refresh",outcome="ok",detail="replayed"'),
        operation('operation="refresh",outcome="refused",detail="reused"'),
        operation('operation="session-end",outcome="ok",detail="reuse"'),
        'refresh_server_http_request_duration_seconds_count{method="POST",route="/auth/refresh",status="200"} 2',
        'refresh_server_http_request_duration_seconds_count{method="POST",route="/auth/refresh",status="401"} 1',
        'refresh_server_http_request_duration_seconds_count{method="GET",route="/*",status="404"} 1',
      ]),
    )
    expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true)
    expect(lines.some((line) => line.startsWith('nodejs_eventloop_lag_p99_seconds '))).toBe(true)
  })

  it('have no label that grows with users, sessions, addresses or paths', async () => {
    const client = await listenTestServer({ metricsToken: TOKEN })
    const { access, refresh } = await client.signIn()
    await client.get(`/no/such/${refresh}`)
    await client.get('/api/ward/patients/p01/notes', bearer(access))
    await client.get('/api/token/session-stats/amara', bearer(access))
    const text = await readMetrics(client)
    expect(text).toContain('route="/api/token/session-stats/:userId"')
    for (const personal of ['amara', 'p01', '127.0.0.1', refresh, access]) expect(text).not.toContain(personal)
    const names = [...text.matchAll(/([a-z_]+)="/g)].map(([, name]) => name)
    const known = ['operation', 'outcome', 'detail', 'method', 'route', 'status', 'le']
    const ofTheProcess = ['type', 'kind', 'space', 'version', 'major', 'minor', 'patch']
    expect(new Set(names)).toEqual(new Set([...known, ...ofTheProcess].filter((name) => names.includes(name))))
    expect(names).toEqual(expect.arrayContaining(known))
  })

  it.each(['short', `${'x'.repeat(40)} y`])('cannot be protected by the token "%s"', async (metricsToken) => {
    await expect(listenTestServer({ metricsToken })).rejects.toThrow(/option "metricsToken" must be at least 32/)
  })
})
