import { beforeEach, describe, expect, it } from 'vitest'
import { SECOND } from '../support/sessions.ts'
import { bearer, LOGIN, openPage, openRefreshing, pass, signIn, useVirtualTime } from '../support/tokens.ts'

beforeEach(useVirtualTime)

describe('where the token goes', () => {
  it.each([
    '/api/ward',
    'api/ward?bed=3',
    '?bed=3',
    '//localhost:3000/api',
    'http://localhost:3000/api',
    'HTTP://LOCALHOST:3000/api',
    'http://api.example:8080/ward',
    'https://bücher.example/ward',
    'https://xn--bcher-kva.example:443/ward',
  ])('to %s', async (url) => {
    const allowedOrigins = ['http://api.example:8080', 'https://bücher.example']
    const { tokens, sent } = await signIn({ allowedOrigins })
    await tokens.fetch(url)
    expect(bearer(sent[0])).toBe('Bearer SECRET-access-1')
  })

  it.each([
    'http://localhost:3000@evil.example/',
    'http://localhost:3000.evil.example/',
    'http://localhost:3001/',
    'http://localhost/',
    'https://localhost:3000/',
    '//evil.example/api',
    '\\\\evil.example/api',
    'http://evil.example#localhost:3000',
    'http://evil.example\\@localhost:3000/',
    'https://xn--localhost-l8a:3000/',
    'blob:http://localhost:3000/5ac7e2f0',
    'data:text/plain,http://localhost:3000/',
    'javascript:0',
    'http://[',
    'http://api.example/',
    'https://api.example:8080/',
    'http://sub.api.example:8080/',
  ])('not to %s', async (url) => {
    const headers: Array<string | null> = []
    const network: typeof fetch = async (_input, init) => {
      headers.push(new Headers(init?.headers).get('authorization'))
      return new Response()
    }
    const { tokens } = await signIn({ fetch: network, allowedOrigins: ['http://api.example:8080'] })
    await tokens.fetch(url)
    expect(headers).toEqual([null])
  })

  it('not to the endpoint that it comes from', async () => {
    const { tokens, sent } = await signIn()
    await tokens.fetch('/auth/refresh', { method: 'POST' })
    expect(bearer(sent[0])).toBeNull()
  })

  it('not to where a <base> points relative addresses', async () => {
    const base = document.createElement('base')
    base.href = 'https://evil.example/'
    document.head.append(base)
    const left: string[] = []
    const network: typeof fetch = async (input, init) => {
      if (new Headers(init?.headers).has('authorization')) left.push(new URL(String(input), document.baseURI).origin)
      return new Response()
    }
    const { tokens } = await signIn({ fetch: network })
    await tokens.fetch('api/ward').finally(() => base.remove())
    expect(left).not.toContain('https://evil.example')
  })

  it('not to where its address was changed to while it waited', async () => {
    const { page, release } = await openRefreshing()
    const url = new URL('http://localhost:3000/api')
    void page.tokens.fetch(url)
    url.href = 'https://evil.example/'
    release()
    await pass(SECOND)
    expect(page.sent.map((request) => request.url)).toEqual(['http://localhost:3000/api'])
  })

  it('a request with an Authorization of its own is left alone, whichever way it is set', async () => {
    const { tokens, sent } = await signIn()
    await tokens.fetch('/api', { headers: { authorization: 'Basic abc' } })
    await tokens.fetch('/api', { headers: [['AUTHORIZATION', 'Basic abc']] })
    await tokens.fetch(new Request('/api', { headers: { Authorization: 'Basic abc' } }))
    expect(sent.map(bearer)).toEqual(['Basic abc', 'Basic abc', 'Basic abc'])
  })

  it('a request without credentials goes without, also while signed out', async () => {
    const { tokens, sent } = await signIn()
    await tokens.fetch('/api', { credentials: 'omit' })
    await tokens.signOut()
    await tokens.fetch(new Request('/api', { credentials: 'omit' }))
    expect(sent.map(bearer)).toEqual([null, null])
  })

  it('everything else that the caller set is passed on', async () => {
    const { tokens, sent } = await signIn()
    await tokens.fetch(new Request('/api', { headers: { accept: 'text/csv', 'x-ward': '3' } }))
    await tokens.fetch(new Request('/api', { method: 'PUT', headers: { 'x-ward': '3' } }), {
      headers: { 'x-bed': '4' },
    })
    expect(sent[0]?.headers.get('x-ward')).toBe('3')
    expect(sent[0]?.headers.get('accept')).toBe('text/csv')
    expect([sent[1]?.method, sent[1]?.headers.get('x-bed'), sent[1]?.headers.get('x-ward')]).toEqual(['PUT', '4', null])
    expect(sent.map(bearer)).toEqual(Array(2).fill('Bearer SECRET-access-1'))
  })
})

describe('scenario 39: cookie access', () => {
  const csrf = { name: 'X-CSRFToken', value: 'c' }
  const inCookie = { accessTokenIn: 'cookie', refreshTokenIn: 'cookie', csrfHeader: () => csrf } as const
  const { accessToken: _, ...login } = LOGIN

  it.each([
    ['GET', null],
    ['HEAD', null],
    ['OPTIONS', null],
    ['get', null],
    ['POST', 'c'],
    ['PUT', 'c'],
    ['PATCH', 'c'],
    ['DELETE', 'c'],
  ])('%s carries the cookie, and the CSRF header: %s', async (method, header) => {
    const { tokens, sent } = openPage({}, inCookie)
    await tokens.setSession(login)
    await tokens.fetch('/api', { method })
    await tokens.fetch(new Request('/api', { method }))
    for (const request of sent) {
      expect(request.credentials).toBe('include')
      expect(request.headers.get('x-csrftoken')).toBe(header)
      expect(bearer(request)).toBeNull()
    }
    expect(sent).toHaveLength(2)
  })

  it('the CSRF header goes nowhere else', async () => {
    const { tokens, sent } = openPage({}, inCookie)
    await tokens.setSession(login)
    await tokens.fetch('https://elsewhere.example/', { method: 'POST' })
    expect(sent[0]?.headers.get('x-csrftoken')).toBeNull()
  })
})

describe('scenario 43', () => {
  it('is bound, and may be passed around', async () => {
    const { tokens, sent } = await signIn()
    const { fetch } = tokens
    await fetch('/api')
    expect(bearer(sent[0])).toBe('Bearer SECRET-access-1')
  })

  it('may take the place of the page’s fetch', async () => {
    const former = globalThis.fetch
    const seen: Array<string | null> = []
    globalThis.fetch = async (_input, init) => {
      seen.push(new Headers(init?.headers).get('authorization'))
      return new Response()
    }
    try {
      const { tokens } = await signIn({ fetch: undefined as never })
      globalThis.fetch = tokens.fetch
      await globalThis.fetch('/api')
    } finally {
      globalThis.fetch = former
    }
    expect(seen).toEqual(['Bearer SECRET-access-1'])
  })
})
