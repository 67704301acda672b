import fc from 'fast-check'
import { HttpResponse } from 'msw'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { text } from '../../../../test/support/junk.ts'
import { type CookieTransportOptions, cookieTransport, readCookie } from '../../src/transports/cookie.ts'
import { expireCookie, setCookie } from '../support/cookies.ts'
import { jwt } from '../support/jwt.ts'
import { mockNetwork } from '../support/network.ts'

const network = mockNetwork()
const signal = new AbortController().signal

afterEach(() => {
  for (const name of ['csrftoken', 'XSRF-TOKEN', 'other']) expireCookie(name)
})

function refresh(options: Partial<CookieTransportOptions> = {}) {
  return cookieTransport({ url: '/auth/refresh', ...options }).refresh({ idempotencyKey: 'k1', signal, fetch })
}

test('a refresh sends no body, and takes no refresh token from the answer', async () => {
  network.answerWith(() =>
    HttpResponse.json({ access: 'a2', refresh: 's3cr3t', expires_in: 900, refresh_expires_in: 3_600 }),
  )
  expect(await refresh()).toEqual({
    kind: 'tokens',
    tokens: { accessToken: 'a2', accessLifetimeMs: 900_000, refreshLifetimeMs: 3_600_000 },
  })
  expect(network.seen[0]?.body).toBe('')
  expect(network.seen[0]?.headers.has('content-type')).toBe(false)
  expect(network.seen[0]?.headers.get('idempotency-key')).toBe('k1')
})

test('a refresh may send a body of the app’s own', async () => {
  await refresh({ toBody: () => ({ client: 'ward' }) })
  expect(network.seen[0]?.body).toBe('{"client":"ward"}')
  expect(network.seen[0]?.headers.get('content-type')).toBe('application/json')
})

test('an access token in a cookie leaves only its lifetime', async () => {
  network.answerWith(() => HttpResponse.json({ access: 's3cr3t', expires_in: 900 }))
  const transport = cookieTransport({ url: '/r', accessTokenIn: 'cookie' })
  expect(transport.accessTokenIn).toBe('cookie')
  expect(await transport.refresh({ idempotencyKey: 'k1', signal, fetch })).toEqual({
    kind: 'tokens',
    tokens: { accessLifetimeMs: 900_000 },
  })
  expect(transport.parse({ expires_in: 60 })).toEqual({ accessLifetimeMs: 60_000 })
})

describe('a revocation that names its session', () => {
  const options = { url: '/r', revokeUrl: '/logout', namedRevocation: true }
  const revoke = (more: Partial<CookieTransportOptions> = {}, sessionId = 's1') =>
    cookieTransport({ ...options, ...more }).revoke?.({ signal, fetch, accessToken: 'a1', sessionId })

  test('says so in the body, beside what the app sends', async () => {
    await revoke()
    await revoke({ toBody: () => ({ client: 'ward' }) })
    expect(network.seen.map(({ body }) => body)).toEqual(['{"sessionId":"s1"}', '{"client":"ward","sessionId":"s1"}'])
    expect(network.seen[0]?.headers.get('authorization')).toBe('Bearer a1')
  })

  test('does not, unless the endpoint is said to heed it', async () => {
    await revoke({ namedRevocation: false })
    expect(network.seen[0]?.body).toBe('')
    expect(cookieTransport({ url: '/r' }).namedRevocation).toBe(false)
  })

  test('is never heard where the endpoint says that the cookie is that of another', async () => {
    network.answerWith(() => HttpResponse.json({ error: 'other_session' }, { status: 409 }))
    await expect(revoke()).rejects.toMatchObject({ code: 'identity_changed' })
    await expect(revoke({ namedRevocation: false })).rejects.toMatchObject({ code: 'refresh_unavailable' })
  })

  test.each([
    ['the answer', { sessionId: 's1', expires_in: 900, access: 'a1' }, 's1'],
    ['the access token', { access: jwt({ sid: 's2', exp: 2e9, iat: 2e9 - 900 }) }, 's2'],
    ['neither, with what is no name', { sessionId: 'two words', expires_in: 900, access: 'a1' }, undefined],
  ])('has the name from %s', (_, answer, sessionId) => {
    expect(cookieTransport(options).parse(answer).sessionId).toBe(sessionId)
  })
})

describe('the marker', () => {
  test('is what a cookie says at that moment, and does not show it', () => {
    const { marker } = cookieTransport({ url: '/r', marker: 'other' })
    expect(marker?.()).toBe('')
    setCookie('other', 'first')
    const first = marker?.()
    expect(first).toMatch(/^[\da-z]+$/)
    expect(marker?.()).toBe(first)
    setCookie('other', 'second')
    expect(marker?.()).not.toBe(first)
    expect(`${first} ${marker?.()}`).not.toMatch(/first|second/)
    expireCookie('other')
    expect(marker?.()).toBe('')
  })

  test('is none unless it is asked for', () => {
    expect(cookieTransport({ url: '/r' })).not.toHaveProperty('marker')
    expect(() => cookieTransport({ url: '/r', marker: 'a=b' })).toThrow('options.marker')
  })
})

describe('CSRF by double submit', () => {
  test('repeats the cookie in a header, as it is at that moment', async () => {
    const transport = cookieTransport({ url: '/r' })
    expect(transport.csrfHeader?.()).toBeUndefined()
    setCookie('other', '1')
    setCookie('csrftoken', 'abc123')
    expect(transport.csrfHeader?.()).toEqual({ name: 'X-CSRFToken', value: 'abc123' })
    await transport.refresh({ idempotencyKey: 'k1', signal, fetch })
    expect(network.seen[0]?.headers.get('x-csrftoken')).toBe('abc123')
  })

  test.each([[], ['']])('sends no header where there is no cookie, or an empty one', async (...values) => {
    for (const value of values) setCookie('csrftoken', value)
    await refresh()
    expect(network.seen[0]?.headers.has('x-csrftoken')).toBe(false)
  })

  test('is told to a revocation too', async () => {
    setCookie('csrftoken', 'abc123')
    await cookieTransport({ url: '/r', revokeUrl: '/logout' }).revoke?.({ signal, fetch })
    expect(network.seen[0]?.headers.get('x-csrftoken')).toBe('abc123')
  })

  test.each([
    ['abc%3D%3D', 'abc=='],
    ['a=b==', 'a=b=='],
    ['100%', '100%'],
  ])('undoes the encoding that some servers use: %s', (cookie, value) => {
    setCookie('XSRF-TOKEN', cookie)
    const csrf = { cookie: 'XSRF-TOKEN', header: 'X-XSRF-TOKEN' }
    expect(cookieTransport({ url: '/r', csrf }).csrfHeader?.()).toEqual({ name: 'X-XSRF-TOKEN', value })
  })

  test('may be switched off', async () => {
    setCookie('csrftoken', 'abc123')
    expect(cookieTransport({ url: '/r', csrf: false })).not.toHaveProperty('csrfHeader')
    await refresh({ csrf: false })
    expect(network.seen[0]?.headers.has('x-csrftoken')).toBe(false)
  })

  test('does without where cookies may not be read', async () => {
    vi.spyOn(document, 'cookie', 'get').mockImplementation(() => {
      throw new DOMException('The document is sandboxed.', 'SecurityError')
    })
    expect((await refresh()).kind).toBe('tokens')
  })

  test.each(['a%zz', '%ff', 'a%0d%0ab', '%e2%98%83'])('does not stumble over %s', async (cookie) => {
    setCookie('csrftoken', cookie)
    expect((await refresh()).kind).toBe('tokens')
  })
})

test('of whatever cookies there are it takes the one of that name, and only what fits into a header', {
  timeout: FUZZ_TIMEOUT_MS,
}, () => {
  const value = fc.oneof(text, fc.string().map(encodeURIComponent), fc.constantFrom('%', '%0a', '%ff', 'a=b', ' ; '))
  const name = fc.constantFrom('csrftoken', 'csrftoken2', 'xcsrftoken', 'CSRFToken', '', '__proto__')
  const pair = fc.oneof(
    fc.tuple(name, value).map((parts) => parts.join('=')),
    text,
  )
  let found = 0
  fuzz(fc.array(pair, { maxLength: 4 }), (pairs) => {
    const cookies = pairs.join('; ')
    const read = readCookie('csrftoken', () => cookies)
    if (read === undefined) return
    found++
    expect(`; ${cookies}`).toContain('; csrftoken=')
    expect(new Headers({ 'X-CSRFToken': read }).get('X-CSRFToken')).toBe(read)
  })
  expect(found).toBeGreaterThan(100)
})

test('a CSRF failure is no rejection', async () => {
  network.answerWith(() => HttpResponse.html('<h1>CSRF verification failed', { status: 403 }))
  expect(await refresh()).toEqual({ kind: 'unavailable', error: 'http_403' })
})
