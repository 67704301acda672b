import { expect, it } from 'vitest'
import { bearer, json, listenTestServer, tokensOf } from '../support/test-server.ts'

it('the log contains no token, password, user or path for any request', async () => {
  const lines: string[] = []
  const { post, get, send, refresh } = await listenTestServer({ log: (line) => lines.push(line), maxSessions: 1 })
  const credentials = { username: 'amara', password: 'amara-pw' }
  const secrets = new Set<string>(Object.values(credentials))
  const keep = (values: Record<string, unknown>) => {
    for (const value of Object.values(values)) if (typeof value === 'string' && value.length > 20) secrets.add(value)
  }

  const cookies = await post('/auth/cookie/login', credentials)
  for (const line of cookies.headers.getSetCookie()) keep({ value: /=([^;]*)/.exec(line)?.[1] })
  const first = await tokensOf(await post('/auth/login', credentials))
  const second = await tokensOf(await refresh(first.refresh, 'a key of its own'.replaceAll(' ', '-')))
  await refresh(first.refresh)
  keep({ ...first, one: second.access, other: second.refresh })
  const { data } = await json(await post('/api/token/login', credentials))
  const service = { accessToken: '', refreshToken: '', ...(typeof data === 'object' ? data : {}) }
  keep({ access: service.accessToken, refresh: service.refreshToken })
  const headers = bearer(service.accessToken)
  await get('/api/token/session-stats/amara', headers)
  await get('/api/token/sessions', headers)
  await send(`/api/token/sessions/${service.refreshToken}`, { method: 'DELETE', headers })
  await post('/api/token/validate', { accessToken: service.accessToken })
  const form = { grant_type: 'refresh_token', refresh_token: service.refreshToken }
  await send('/oauth/token', { method: 'POST', body: new URLSearchParams(form) })
  await send(`/oauth/revoke?token=${service.refreshToken}`, {
    method: 'POST',
    body: new URLSearchParams({ token: 'x' }),
  })
  await get(`/nowhere/${service.refreshToken}`)

  expect(secrets.size).toBeGreaterThan(8)
  const log = lines.join('\n')
  for (const secret of secrets) expect(log).not.toContain(secret)
  expect(lines.map((line) => line.replace(/\d+ ms$/, 'n ms').replace(/[\da-f-]{36}/, 'id'))).toEqual([
    'POST /auth/cookie/login 200 n ms',
    'session id revoked: session-limit',
    'POST /auth/login 200 n ms',
    'POST /auth/refresh 200 n ms',
    'session id revoked: reuse',
    'POST /auth/refresh 401 n ms',
    'POST /api/token/login 200 n ms',
    'GET /api/token/session-stats/:userId 200 n ms',
    'GET /api/token/sessions 200 n ms',
    'DELETE /api/token/sessions/:sessionId 404 n ms',
    'POST /api/token/validate 200 n ms',
    'POST /oauth/token 200 n ms',
    'POST /oauth/revoke 200 n ms',
    'GET /* 404 n ms',
  ])
})
