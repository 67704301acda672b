import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { bearer, listenTestServer } from '../support/test-server.ts'

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

it('every answer has security headers, refusals included', async () => {
  const { get, post, signIn, patients, refresh } = await listenTestServer({ rateLimit: { maxRequests: 1 } })
  const { access } = await signIn()
  const answers = [
    await post('/auth/login', { username: 'ben', password: 'ben-pw' }),
    await post('/auth/login', {}),
    await patients(access),
    await refresh('never issued'),
    await post('/auth/login', { username: 'amara', password: 'amara-pw' }),
    await get('/api/token/health'),
    await get('/auth/me', bearer('x')),
    await get('/nowhere'),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 401, 429, 200, 401, 404])
  for (const { headers } of answers) {
    expect(Object.fromEntries(headers)).toMatchObject(HEADERS)
    expect(headers.get('Strict-Transport-Security')).toBeNull()
    expect(headers.get('X-Powered-By')).toBeNull()
  }
})

it('an answer over https has Strict-Transport-Security', async () => {
  const { get } = await listenTestServer({ trustedProxies: 1 })
  const answer = await get('/api/token/health', { 'X-Forwarded-Proto': 'https' })
  expect(answer.headers.get('Strict-Transport-Security')).toBe('max-age=31536000')
})

it.each([
  ['headers', 'POST /auth/login HTTP/1.1\r\nHost: localhost\r\n'],
  [
    'a body',
    'POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  ],
])('ends a request whose %s never arrives', async (_, beginning) => {
  const { url } = await listenTestServer({ requestTimeoutMs: 200 })
  const { port, hostname } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname })
  socket.write(beginning)
  expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /)
})

it('allows only listed origins to call with credentials', async () => {
  const { send } = await listenTestServer({ allowedOrigins: ['https://ward.example'] })
  const ask = (origin: string, path: string) =>
    send(path, {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'DELETE' },
    })
  const allowed = await ask('https://ward.example', '/api/token/sessions/x')
  expect(allowed.headers.get('Access-Control-Allow-Origin')).toBe('https://ward.example')
  expect(allowed.headers.get('Access-Control-Allow-Credentials')).toBe('true')
  expect(allowed.headers.get('Access-Control-Allow-Methods')).toContain('DELETE')
  const refused = await ask('https://ward.example.evil', '/oauth/token')
  expect(refused.headers.get('Access-Control-Allow-Origin')).toBeNull()
})
