import { describe, expect, test } from 'vitest'
import type { RevokeRequest } from '../../src/ports.ts'
import { cookieTransport } from '../../src/transports/cookie.ts'
import { jsonTransport } from '../../src/transports/json.ts'
import { recordedFetch } from '../support/recorded-fetch.ts'

const OWN = location.origin
const signal = new AbortController().signal
const request = (fetch: typeof globalThis.fetch) => ({ idempotencyKey: 'k1', refreshToken: 'r1', signal, fetch })

describe('addresses', () => {
  test.each([
    [{ url: '/auth/refresh' }, `${OWN}/auth/refresh`],
    [{ url: 'https://auth.example.com/refresh' }, 'https://auth.example.com/refresh'],
    [{ baseUrl: '/auth' }, `${OWN}/auth/refresh`],
    [{ baseUrl: '/auth/' }, `${OWN}/auth/refresh`],
    [{ baseUrl: 'https://auth.example.com/v1' }, 'https://auth.example.com/v1/refresh'],
    [{ baseUrl: 'https://auth.example.com/v1', url: '/token/refresh' }, 'https://auth.example.com/v1/token/refresh'],
    [{ baseUrl: 'https://auth.example.com', url: 'https://other.example.com/r' }, 'https://other.example.com/r'],
  ])('%j', (options, url) => {
    expect(jsonTransport(options).url).toBe(url)
  })

  test('do not move with the page', () => {
    const transport = jsonTransport({ url: 'refresh' })
    history.pushState({}, '', '/ward/7/')
    try {
      expect(transport.url).toBe(`${OWN}/refresh`)
      expect(jsonTransport({ url: 'refresh' }).url).toBe(`${OWN}/ward/7/refresh`)
    } finally {
      history.back()
    }
  })
})

describe('what is sent', () => {
  test('is a POST that no cache answers and no redirect carries elsewhere', async () => {
    const { calls, fetch } = recordedFetch()
    await jsonTransport({ url: '/r' }).refresh(request(fetch))
    expect(calls[0]?.init).toMatchObject({
      method: 'POST',
      cache: 'no-store',
      redirect: 'manual',
      credentials: 'same-origin',
    })
  })

  test('carries the credentials that the app wants', async () => {
    const { calls, fetch } = recordedFetch()
    await jsonTransport({ url: '/r', credentials: 'omit' }).refresh(request(fetch))
    await cookieTransport({ url: '/r' }).refresh(request(fetch))
    await cookieTransport({ url: '/r', credentials: 'same-origin' }).refresh(request(fetch))
    expect(calls.map(({ init }) => init.credentials)).toEqual(['omit', 'include', 'same-origin'])
  })

  test('goes through the network that it was given, which is not a method of anything', async () => {
    let self: unknown = 'not called'
    function fetch(this: unknown) {
      self = this
      return Promise.resolve(Response.json({ access: 'a2', expires_in: 900 }))
    }
    await jsonTransport({ url: '/r' }).refresh(request(fetch))
    expect(self).toBeUndefined()
  })
})

describe('keepalive', () => {
  const keepalives = ({ calls }: ReturnType<typeof recordedFetch>) => calls.map(({ init }) => init.keepalive)

  test('only where the refresh token is a cookie', async () => {
    const network = recordedFetch()
    await jsonTransport({ url: '/r' }).refresh(request(network.fetch))
    await cookieTransport({ url: '/r' }).refresh(request(network.fetch))
    expect(keepalives(network)).toEqual([false, true])
  })

  test('that may have been refused is left out next time, and the request never repeated by itself', async () => {
    let refusals = 1
    const network = recordedFetch(() => {
      if (refusals-- > 0) throw new TypeError('Failed to fetch')
      return Response.json({ access: 'a2', expires_in: 900 })
    })
    const transport = cookieTransport({ url: '/r' })
    expect(await transport.refresh(request(network.fetch))).toEqual({ kind: 'unavailable', error: 'network' })
    expect(keepalives(network)).toEqual([true])
    expect((await transport.refresh(request(network.fetch))).kind).toBe('tokens')
    await transport.refresh(request(network.fetch))
    await transport.refresh(request(network.fetch))
    expect(keepalives(network)).toEqual([true, false, true, true])
  })

  test('also tells of a sign-out that the page leaves at once', async () => {
    const network = recordedFetch(() => new Response(null, { status: 204 }))
    await jsonTransport({ url: '/r', revokeUrl: '/logout' }).revoke?.(request(network.fetch))
    expect(keepalives(network)).toEqual([true])
  })
})

describe('revoke', () => {
  const options = { url: '/auth/refresh', revokeUrl: '/auth/logout' }

  function revoke(answer: () => Response, tokens: Partial<RevokeRequest> = {}) {
    const network = recordedFetch(answer)
    const { fetch } = network
    const done = jsonTransport(options).revoke?.({ signal, fetch, ...tokens }) ?? Promise.reject(new Error('no revoke'))
    return { network, done }
  }

  test('is there only with an address', () => {
    expect(jsonTransport({ url: '/r' })).not.toHaveProperty('revoke')
    expect(cookieTransport({ url: '/r' })).not.toHaveProperty('revoke')
  })

  test('tells the endpoint both tokens', async () => {
    const { network, done } = revoke(() => new Response(null, { status: 204 }), {
      refreshToken: 'r1',
      accessToken: 'a1',
    })
    await done
    expect(network.calls).toHaveLength(1)
    expect(network.calls[0]).toMatchObject({ url: `${OWN}/auth/logout`, init: { body: '{"refresh":"r1"}' } })
    expect(network.calls[0]?.headers.get('authorization')).toBe('Bearer a1')
    expect(network.calls[0]?.headers.has('idempotency-key')).toBe(false)
  })

  test('tells it what there is', async () => {
    const refreshOnly = revoke(() => new Response(null, { status: 204 }), { refreshToken: 'r1' })
    await refreshOnly.done
    expect(refreshOnly.network.calls[0]?.headers.has('authorization')).toBe(false)
    const accessOnly = revoke(() => new Response(null, { status: 204 }), { accessToken: 'a1' })
    await accessOnly.done
    expect(accessOnly.network.calls[0]?.init.body).toBeNull()
  })

  test('sends nothing where nothing is left to tell, unless the refresh token is a cookie', async () => {
    const { network, done } = revoke(() => new Response(null, { status: 503 }))
    await done
    expect(network.calls).toEqual([])
    const { calls, fetch } = recordedFetch(() => new Response(null, { status: 204 }))
    await cookieTransport(options).revoke?.({ signal, fetch })
    expect(calls).toHaveLength(1)
  })

  test('is tried again without an access token that is not accepted any more', async () => {
    const authorizations: (string | null)[] = []
    const network = recordedFetch(({ headers }) => {
      authorizations.push(headers.get('authorization'))
      return headers.has('authorization')
        ? Response.json({ code: 'token_not_valid' }, { status: 401 })
        : new Response(null, { status: 503 })
    })
    const transport = jsonTransport(options)
    const done = transport.revoke?.({ signal, fetch: network.fetch, refreshToken: 'r1', accessToken: 'a1' })
    await expect(done).rejects.toMatchObject({ message: 'revocation: http_503' })
    expect(authorizations).toEqual(['Bearer a1', null])
    expect(network.calls.map(({ init }) => init.body)).toEqual(['{"refresh":"r1"}', '{"refresh":"r1"}'])
  })

  test('lies below baseUrl like the refresh endpoint', async () => {
    const { calls, fetch } = recordedFetch(() => new Response(null, { status: 204 }))
    await jsonTransport({ baseUrl: 'https://auth.example.com/v1', revokeUrl: '/logout' }).revoke?.(request(fetch))
    expect(calls[0]?.url).toBe('https://auth.example.com/v1/logout')
  })

  test.each<[string, () => Response]>([
    ['200 with JSON', () => Response.json({ success: true })],
    ['200 with text', () => new Response('OK')],
    ['a token that is unknown already', () => Response.json({ error: 'invalid_grant' }, { status: 400 })],
    ['a session that is over already', () => Response.json({ detail: 'expired' }, { status: 401 })],
  ])('is done with %s', async (_, answer) => {
    await expect(revoke(answer, { refreshToken: 'r1' }).done).resolves.toBeUndefined()
  })

  test.each<[string, () => Response, string]>([
    ['503', () => new Response(null, { status: 503, headers: { 'retry-after': '7' } }), 'http_503'],
    ['a captive portal', () => new Response(' <html>'), 'not_json'],
    ['a proxy', () => new Response('<html>', { status: 401 }), 'http_401'],
    ['a redirect', () => Response.error(), 'redirect'],
  ])('is not done with %s', async (_, answer, word) => {
    const { done } = revoke(answer, { refreshToken: 'r1' })
    await expect(done).rejects.toMatchObject({ code: 'refresh_unavailable', message: `revocation: ${word}` })
    if (word === 'http_503') await expect(done).rejects.toMatchObject({ retryAfterMs: 7_000 })
  })

  test('is not done without a network', async () => {
    const { done } = revoke(
      () => {
        throw new TypeError('Failed to fetch')
      },
      { refreshToken: 'r1' },
    )
    await expect(done).rejects.toMatchObject({ code: 'refresh_unavailable', message: 'revocation: network' })
  })
})
