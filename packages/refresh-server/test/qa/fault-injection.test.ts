import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { WAYS_TO_SERVE } from '../support/served.ts'
import { createClient, createTestServer, json } from '../support/test-server.ts'

async function failureOf(answer: Promise<Response>): Promise<unknown> {
  const error: unknown = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? error.cause.code : error
}

describe.each(WAYS_TO_SERVE)('%s', (_, serve) => {
  it('answers 503 to the next requests, with no token spent', async () => {
    const { signIn, refresh, reasonFor, qa } = await serve({ reuse: 'strict' })
    const tokens = await signIn()
    qa.setFault({ endpoint: 'refresh', kind: '503', times: 2 })
    const answers = [await refresh(tokens.refresh), await refresh(tokens.refresh)]
    expect(answers.map(({ status }) => status)).toEqual([503, 503])
    expect(answers.map(({ headers }) => headers.get('Connection'))).toEqual(['close', 'close'])
    expect(await reasonFor(tokens.refresh)).toBe('ok')
  })

  it('answers 429 with Retry-After', async () => {
    const { signIn, patients, qa } = await serve()
    const { access } = await signIn()
    qa.setFault({ endpoint: 'api', kind: '429', retryAfterS: 30 })
    const answer = await patients(access)
    expect(answer.status).toBe(429)
    expect(answer.headers.get('Retry-After')).toBe('30')
    expect((await patients(access)).status).toBe(200)
  })

  it('answers 200 with the HTML of a captive portal, with no token spent', async () => {
    const { signIn, refresh, reasonFor, qa } = await serve({ reuse: 'strict' })
    const tokens = await signIn()
    qa.setFault({ endpoint: 'refresh', kind: 'html' })
    const answer = await refresh(tokens.refresh)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toContain('text/html')
    expect(await answer.text()).toContain('<!doctype html>')
    expect(await reasonFor(tokens.refresh)).toBe('ok')
  })

  it('resets the connection before the rotation', async () => {
    const { signIn, refresh, reasonFor, qa } = await serve({ reuse: 'strict' })
    const tokens = await signIn()
    qa.setFault({ endpoint: 'refresh', kind: 'reset-before', times: 1 })
    expect(await failureOf(refresh(tokens.refresh))).toBe('ECONNRESET')
    expect(qa.counts()).toMatchObject({ refreshes: { ok: 0 }, endpoints: { refresh: { statuses: { reset: 1 } } } })
    expect(await reasonFor(tokens.refresh)).toBe('ok')
  })

  it('resets the connection after the rotation: with replay the same key gets the lost successor', async () => {
    const { signIn, refresh, rotate, qa } = await serve()
    const tokens = await signIn()
    qa.setFault({ endpoint: 'refresh', kind: 'reset-after' })
    expect(await failureOf(refresh(tokens.refresh, 'key'))).toBe('ECONNRESET')
    expect(qa.counts().refreshes).toMatchObject({ ok: 1, replayed: 0 })
    await rotate(tokens.refresh, 'key')
    expect(qa.counts().refreshes).toMatchObject({ ok: 1, replayed: 1 })
  })

  it('resets the connection after the rotation: without replay the session is lost', async () => {
    const { signIn, refresh, reasonFor, qa } = await serve({ reuse: 'strict' })
    const tokens = await signIn()
    qa.setFault({ endpoint: 'refresh', kind: 'reset-after' })
    expect(await failureOf(refresh(tokens.refresh, 'key'))).toBe('ECONNRESET')
    expect(await reasonFor(tokens.refresh, 'key')).toBe('reused')
    expect(qa.counts()).toMatchObject({ reuseEvents: 1, familiesRevoked: 1 })
  })

  it('keeps no connection alive while a reset is pending, because a browser would hide the reset', async () => {
    const { url, patients, refresh, qa } = await serve()
    const idle = connect(Number(new URL(url).port), '127.0.0.1')
    const answers = vi.fn()
    idle.on('data', answers).on('error', () => {})
    idle.write('GET /auth/me HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await vi.waitFor(() => expect(answers).toHaveBeenCalledOnce())
    qa.setFault({ endpoint: 'refresh', kind: 'reset-before' })
    idle.write('GET /auth/me HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(idle, 'close')
    expect(answers).toHaveBeenCalledOnce()
    expect((await patients('nonsense')).headers.get('Connection')).toBe('close')
    expect(await failureOf(refresh('x'))).toBe('ECONNRESET')
    expect((await patients('nonsense')).headers.get('Connection')).toBe('keep-alive')
  })

  it('stalls after the headers and half of the body, until the server closes', async () => {
    const { signIn, refresh, qa, close } = await serve()
    const tokens = await signIn()
    qa.setFault({ endpoint: 'refresh', kind: 'stall' })
    const answer = await refresh(tokens.refresh, 'key')
    expect(answer.status).toBe(200)
    const total = Number(answer.headers.get('Content-Length'))
    const reader = answer.body?.getReader()
    const first = await reader?.read()
    expect(first?.value?.byteLength).toBe(Math.floor(total / 2))
    expect(qa.counts().refreshes.ok).toBe(1)
    const second = reader?.read()
    await close()
    await expect(second).rejects.toThrow()
  })

  it('stalls an answer that would have no body', async () => {
    const { signIn, post, reasonFor, qa } = await serve()
    const { refresh } = await signIn()
    qa.setFault({ endpoint: 'logout', kind: 'stall' })
    const answer = await post('/auth/logout', { refresh })
    expect(answer.status).toBe(200)
    await answer.body?.cancel()
    expect(await reasonFor(refresh)).toBe('revoked')
  })

  it('waits before a request, and drops it if the client leaves during the wait', async () => {
    const { signIn, send, reasonFor, qa } = await serve({ reuse: 'strict' })
    const tokens = await signIn()
    qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 600_000 })
    const leaving = new AbortController()
    const answer = send('/auth/refresh', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ refresh: tokens.refresh }),
      signal: leaving.signal,
    })
    await vi.waitFor(() => expect(qa.counts().endpoints.refresh.requests).toBe(1))
    leaving.abort()
    await expect(answer).rejects.toThrow()
    await vi.waitFor(() => expect(qa.counts().endpoints.refresh.statuses).toEqual({ dropped: 1 }))
    qa.setFault({ endpoint: 'refresh', kind: 'none' })
    expect(await reasonFor(tokens.refresh)).toBe('ok')
  })

  it('waits after the rotation is committed', async () => {
    const { signIn, send, rotate, qa } = await serve()
    const tokens = await signIn()
    qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 600_000, when: 'after' })
    const leaving = new AbortController()
    const answer = send('/auth/refresh', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'key' },
      body: JSON.stringify({ refresh: tokens.refresh }),
      signal: leaving.signal,
    })
    await vi.waitFor(() => expect(qa.counts().refreshes.ok).toBe(1))
    expect(qa.counts().endpoints.refresh.statuses).toEqual({})
    leaving.abort()
    await expect(answer).rejects.toThrow()
    qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 0 })
    await rotate(tokens.refresh, 'key')
    expect(qa.counts().refreshes).toMatchObject({ ok: 1, replayed: 1 })
  })

  it('applies a latency together with another fault', async () => {
    const { signIn, refresh, qa } = await serve()
    const tokens = await signIn()
    qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 1 })
    qa.setFault({ endpoint: 'refresh', kind: '503' })
    expect(qa.state().faults.refresh).toEqual({
      latency: { ms: 1, when: 'before' },
      fault: { kind: '503', remaining: 1 },
    })
    expect((await refresh(tokens.refresh)).status).toBe(503)
    expect((await refresh(tokens.refresh)).status).toBe(200)
    expect(qa.state().faults.refresh).toEqual({ latency: { ms: 1, when: 'before' } })
  })

  it('stops waiting when the server closes', async () => {
    const { signIn, refresh, qa, close } = await serve()
    const tokens = await signIn()
    qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 600_000 })
    const answer = failureOf(refresh(tokens.refresh))
    await vi.waitFor(() => expect(qa.counts().endpoints.refresh.requests).toBe(1))
    await close()
    expect(await answer).toBeDefined()
  })

  it.each([
    ['login', '/auth/login'],
    ['login', '/auth/cookie/login'],
    ['refresh', '/auth/refresh'],
    ['refresh', '/auth/cookie/refresh'],
    ['logout', '/auth/logout'],
    ['logout', '/auth/cookie/logout'],
    ['api', '/api/ward/patients/p01/notes'],
  ] as const)('sets faults for %s on %s and nowhere else', async (endpoint, path) => {
    const { post, get, qa } = await serve()
    qa.setFault({ endpoint, kind: '503', times: 2 })
    expect((await get('/auth/me')).status).toBe(401)
    expect((await post(path, {})).status).toBe(503)
    expect(qa.state().faults[endpoint].fault).toEqual({ kind: '503', remaining: 1 })
  })
})

it('closes the connection after a refresh, and only then', async () => {
  const { server } = createTestServer()
  const { url } = await server.listen()
  const { signIn, refresh, patients, post } = createClient((path, init) => fetch(url + path, init))
  const { access, refresh: token } = await signIn()
  expect((await refresh(token)).headers.get('Connection')).toBe('close')
  expect((await post('/auth/cookie/refresh')).headers.get('Connection')).toBe('close')
  expect((await patients(access)).headers.get('Connection')).toBe('keep-alive')
})

it('a fault that cuts connections answers 500 without a connection', async () => {
  const { server, post } = createTestServer({ qa: true })
  server.qa?.setFault({ endpoint: 'login', kind: 'reset-before' })
  const answer = await post('/auth/login', {})
  expect(answer.status).toBe(500)
  expect((await json(answer)).error).toBe('no_connection')
})
