import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { createClient, createTestServer, json } from './support/test-server.ts'

// Saved before any server is created.
const { Request, Response } = globalThis
const ORIGIN = 'https://ward.example'

async function exchange(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(request)
  return text(socket)
}

describe('a server', () => {
  it('listens on loopback by default', async () => {
    const { server } = createTestServer()
    const { url } = await server.listen()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it('can listen more than once, and stop each separately', async () => {
    const { server } = createTestServer()
    const [one, two] = [await server.listen(), await server.listen(0, 'localhost')]
    expect((await fetch(`${one.url}/auth/me`)).status).toBe(401)
    await one.close()
    await one.close()
    await expect(fetch(`${one.url}/auth/me`)).rejects.toThrow()
    expect((await fetch(`${two.url}/auth/me`)).status).toBe(401)
    await server.close()
    await expect(fetch(`${two.url}/auth/me`)).rejects.toThrow()
  })

  it('that is closed while it starts to listen does not listen', async () => {
    const { server } = createTestServer()
    const listening = server.listen()
    await server.close()
    await expect(listening).rejects.toThrow('the refresh server has been closed')
  })

  it('finishes pending requests before it closes', async () => {
    const { server } = createTestServer({ qa: true })
    const { url } = await server.listen()
    const { post } = createClient((path, init) => fetch(url + path, init))
    server.qa?.setFault({ endpoint: 'login', kind: 'latency', ms: 600_000, when: 'after' })
    const answer = post('/auth/login', { username: 'amara', password: 'amara-pw' })
    await vi.waitFor(() => expect(server.qa?.counts().endpoints.login.requests).toBe(1))
    await server.close()
    expect((await answer).status).toBe(200)
    expect((await answer).headers.get('Connection')).toBe('close')
  })

  it('does not wait for a connection that a browser opened early', async () => {
    const { server } = createTestServer()
    const { url } = await server.listen()
    const unused = connect(Number(new URL(url).port), '127.0.0.1')
    await once(unused, 'connect')
    await fetch(`${url}/auth/me`)
    await Promise.all([once(unused, 'close'), server.close()])
  })

  it('answers 503 to a request during which it closes', async () => {
    const { server, signIn, post } = createTestServer({ qa: true })
    const { refresh } = await signIn()
    const login = post('/auth/login', { username: 'amara', password: 'amara-pw' })
    await server.close()
    expect((await login).status).toBe(503)
    expect((await post('/auth/refresh', { refresh })).status).toBe(503)
  })

  it('answers 503 once it is closed', async () => {
    const { server, post, get } = createTestServer()
    await server.close()
    const answer = await post('/auth/refresh', { refresh: 'x' })
    expect(answer.status).toBe(503)
    expect((await json(answer)).error).toBe('closed')
    expect((await get('/auth/me')).status).toBe(503)
    await expect(server.listen()).rejects.toThrow('has been closed')
    await server.close()
  })

  it('answers a malformed request with JSON', async () => {
    const { server } = createTestServer()
    const { url } = await server.listen()
    const answer = await exchange(url, 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('"error":"invalid_request"')
  })

  it('does not replace the global Request and Response', () => {
    createTestServer()
    expect(globalThis.Request).toBe(Request)
    expect(globalThis.Response).toBe(Response)
  })
})

describe('pages of other origins', () => {
  it('are refused by default', async () => {
    const { send, get } = createTestServer()
    const preflight = await send('/auth/refresh', {
      method: 'OPTIONS',
      headers: { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' },
    })
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect((await get('/auth/me', { Origin: ORIGIN })).headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  it('may read all answers if they are listed, errors included', async () => {
    const { send, get } = createTestServer({ allowedOrigins: [ORIGIN], qa: true })
    const preflight = await send('/auth/refresh', {
      method: 'OPTIONS',
      headers: { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe(ORIGIN)
    expect(preflight.headers.get('Access-Control-Allow-Credentials')).toBe('true')
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toBe(
      'Authorization,Content-Type,Idempotency-Key,X-CSRFToken',
    )
    const answer = await get('/auth/me', { Origin: ORIGIN })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(ORIGIN)
    expect(answer.headers.get('Vary')).toContain('Origin')
  })

  it('are refused if only others are listed', async () => {
    const { get } = createTestServer({ allowedOrigins: [ORIGIN] })
    const answer = await get('/auth/me', { Origin: 'https://evil.example' })
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })
})
