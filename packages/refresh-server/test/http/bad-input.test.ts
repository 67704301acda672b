import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { text } from '../../../../test/support/junk.ts'
import { bearer, createClient, createTestServer, json } from '../support/test-server.ts'

const POSTS = [
  '/auth/login',
  '/auth/refresh',
  '/auth/logout',
  '/auth/cookie/login',
  '/auth/cookie/refresh',
  '/auth/cookie/logout',
  '/api/token/login',
  '/api/token/refresh',
  '/api/token/validate',
  '/api/token/auto-refresh',
  '/api/token/logout',
  '/oauth/token',
  '/oauth/revoke',
  '/api/ward/patients/p01/notes',
  '/qa/faults',
  '/qa/lifetimes',
  '/qa/reuse',
]
const NAMES = [
  'username',
  'password',
  'refresh',
  'refreshToken',
  'accessToken',
  'text',
  'endpoint',
  'kind',
  'ms',
  'times',
  'mode',
  'accessLifetimeMs',
]

const deep = fc.integer({ min: 1, max: 4_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth))
const named = fc.dictionary(fc.constantFrom(...NAMES, '__proto__', 'toString'), fc.anything()).map(stringify)
const body = fc.oneof(
  fc.json(),
  named,
  deep,
  text,
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
  fc.constantFrom('', 'null', '{', '{"refresh":', '\ufeff{}', '{"refresh":"\\ud800"}', '"x"', '1e999', '[{}]'),
)
const mediaType = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('application/json', 'Application/JSON; charset=utf-8') },
  { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/x-www-form-urlencoded', ';', '') },
)
const headerValue = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) })

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined'
  } catch {
    return '{'
  }
}

async function expectRefusal(answer: Response): Promise<void> {
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).toBeLessThan(500)
  const { error, error_description: description } = await json(answer)
  expect(error).toMatch(/^[a-z_]+$/)
  expect(String(description).length).toBeGreaterThan(10)
}

describe.each(POSTS)('POST %s', (path) => {
  it('refuses junk in the body, never with 500', async () => {
    const { server, signIn } = createTestServer({ qa: true })
    const { url } = await server.listen()
    const { access } = await signIn()
    await fc.assert(
      fc.asyncProperty(body, mediaType, async (junk, type) => {
        const headers = { ...bearer(access), 'Content-Type': type }
        const answer = await fetch(url + path, { method: 'POST', headers, body: junk })
        // A sign-out without cookies needs no body. Some junk is a valid note, or a valid fault of kind none.
        if (answer.ok) await answer.body?.cancel()
        else await expectRefusal(answer)
      }),
      { numRuns: 60 },
    )
  })
})

it('refuses junk in headers, never with 500', async () => {
  const { send } = createTestServer()
  const paths = fc.constantFrom('/auth/refresh', '/auth/cookie/refresh', '/auth/me', '/api/ward/patients')
  const names = fc.constantFrom('Authorization', 'Cookie', 'X-CSRFToken', 'Idempotency-Key', 'Origin', 'Content-Type')
  await fc.assert(
    fc.asyncProperty(paths, fc.dictionary(names, headerValue), async (path, headers) => {
      const method = path.startsWith('/auth/me') || path.startsWith('/api') ? 'GET' : 'POST'
      await expectRefusal(await send(path, { method, headers }))
    }),
    { numRuns: 200 },
  )
})

it('refuses junk in cookies and idempotency keys of a signed-in browser, never with 500', async () => {
  const { signIn, send } = createTestServer()
  const { refresh } = await signIn()
  await fc.assert(
    fc.asyncProperty(headerValue, headerValue, async (csrf, header) => {
      fc.pre(csrf.trim() !== header.trim())
      const headers = { Cookie: `refresh_token=${refresh}; csrftoken=${csrf}`, 'X-CSRFToken': header }
      const answer = await send('/auth/cookie/refresh', { method: 'POST', headers })
      expect(answer.status).toBe(403)
    }),
  )
})

it.each([
  ['/auth/login', {}, '"username"'],
  ['/auth/login', { username: 'amara' }, '"password"'],
  ['/auth/login', { username: 7, password: 'x' }, '"username"'],
  ['/auth/login', { username: 'x'.repeat(201), password: 'x' }, '"username"'],
  ['/auth/login', { username: 'x', password: 'x'.repeat(1_001) }, '"password"'],
  ['/auth/refresh', {}, '"refresh"'],
  ['/auth/refresh', { refresh: '' }, '"refresh"'],
  ['/auth/refresh', { refresh: null }, '"refresh"'],
  ['/auth/refresh', { refresh: ['x'] }, '"refresh"'],
  ['/auth/refresh', { refresh: 'x'.repeat(1_001) }, '"refresh"'],
  ['/auth/refresh', [], 'JSON object'],
  ['/auth/logout', {}, '"refresh"'],
])('answers 400 to %s %j, naming %s', async (path, input, name) => {
  const { post } = createTestServer()
  const answer = await post(path, input)
  expect(answer.status).toBe(400)
  const { error, error_description: description } = await json(answer)
  expect(error).toBe('invalid_request')
  expect(description).toContain(name)
})

it.each(['', 'with space', 'x'.repeat(256), 'umlaut-\u00fc'])(
  'refuses the Idempotency-Key %j, with nothing spent',
  async (key) => {
    const { signIn, post, reasonFor } = createTestServer({ reuse: 'strict' })
    const { refresh } = await signIn()
    const answer = await post('/auth/refresh', { refresh }, { 'Idempotency-Key': key })
    expect(answer.status).toBe(400)
    expect((await json(answer)).error_description).toContain('Idempotency-Key')
    expect(await reasonFor(refresh)).toBe('ok')
  },
)

it('refuses a body that is too large, with or without Content-Length', async () => {
  const { server } = createTestServer()
  const { url } = await server.listen()
  const { post } = createClient((path, init) => fetch(url + path, init))
  expect((await post('/auth/login', { username: 'x', password: 'x'.repeat(16_384) })).status).toBe(413)
  const chunks = new ReadableStream({
    pull(stream) {
      stream.enqueue(new TextEncoder().encode(' '.repeat(1_024)))
    },
  })
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: chunks,
    duplex: 'half',
  }
  const outcome = await fetch(`${url}/auth/login`, init).then(
    ({ status }) => status,
    () => 'cut',
  )
  expect([413, 'cut']).toContain(outcome)
})

it('refuses JSON with another media type, so that no foreign form can send it', async () => {
  const { send } = createTestServer()
  const answer = await send('/auth/login', {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    body: JSON.stringify({ username: 'amara', password: 'amara-pw' }),
  })
  expect(answer.status).toBe(415)
})

it.each([
  ['GET', '/auth/login'],
  ['PUT', '/auth/refresh'],
  ['GET', '/'],
  ['POST', '/api/ward'],
  ['GET', '/auth/../etc/passwd'],
])('answers %s %s with JSON', async (method, path) => {
  const { send } = createTestServer()
  await expectRefusal(await send(path, { method }))
})
