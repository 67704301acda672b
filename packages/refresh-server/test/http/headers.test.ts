import { isIP } from 'node:net'
import fc from 'fast-check'
import { Context } from 'hono'
import { expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { addressOf, isHttps, isLoopbackHostHeader } from '../../src/http/address.ts'
import { bearerToken } from '../../src/http/authenticate.ts'
import type { AppEnv } from '../../src/http/context.ts'
import { accessTokenCookie, provenCsrfToken, refreshTokenCookie } from '../../src/http/cookies.ts'
import { idempotencyKeyOf } from '../../src/http/request.ts'
import { unlessRefused } from '../support/refused.ts'

const timed = { timeout: FUZZ_TIMEOUT_MS }

/** Any header value that Node accepts. */
const latin = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) })
const joined = (separator: string, ...parts: [string, ...string[]]) =>
  fc.array(fc.oneof(fc.constantFrom(...parts), latin), { maxLength: 5 }).map((values) => values.join(separator))

function contextOf(headers: Record<string, string>, secure = false): Context<AppEnv> {
  const c = new Context<AppEnv>(new Request('http://localhost/', { headers }))
  c.set('cookies', { name: 'refresh_token', sameSite: 'Strict', secure })
  return c
}

it('Authorization contains a Bearer token (RFC 6750 section 2.1) or none, for any text', timed, () => {
  fuzz(joined(' ', 'Bearer', 'bearer', 'Basic', 'abc', 'a.b-c_d~e+f/g==', '=', ''), (header) => {
    const token = bearerToken(header)
    if (token !== undefined)
      expect([header.endsWith(token), /^[A-Za-z0-9._~+/-]+=*$/.test(token)]).toEqual([true, true])
    else expect(header).not.toMatch(/^bearer +[a-z0-9]+$/i)
  })
})

it('Idempotency-Key is up to 255 visible ASCII characters, or is refused', timed, () => {
  const long = fc.integer({ min: 250, max: 260 }).map((length) => 'k'.repeat(length))
  fuzz(fc.oneof(latin, long, fc.uuid()), (header) => {
    const request = new Request('http://localhost/', { headers: { 'Idempotency-Key': header } })
    const key = unlessRefused([InvalidInputError], () => idempotencyKeyOf(request))
    const sent = request.headers.get('Idempotency-Key') ?? ''
    expect(key).toBe(/^[!-~]{1,255}$/.test(sent) ? sent : undefined)
  })
})

it('Cookie gives tokens as text or none, for any text, and only under their exact names', timed, () => {
  const name = fc.constantFrom('refresh_token', '__Host-refresh_token', 'access_token', 'csrftoken', 'xcsrftoken', '')
  const pair = fc
    .tuple(name, fc.oneof(latin, fc.constantFrom('%', '%ff', '"a"', 'a%20b', '=')))
    .map((it) => it.join('='))
  let found = 0
  fuzz(fc.tuple(fc.array(pair, { maxLength: 4 }), fc.boolean()), ([pairs, secure]) => {
    const header = pairs.join('; ')
    const c = contextOf({ Cookie: header }, secure)
    const tokens = [refreshTokenCookie(c), accessTokenCookie(c)]
    for (const token of tokens) if (token !== undefined) expect([typeof token, header]).toEqual(['string', header])
    if (tokens[0] !== undefined) found++
    if (!header.includes(secure ? '__Host-refresh_token=' : 'refresh_token=')) expect(tokens[0]).toBeUndefined()
  })
  expect(found).toBeGreaterThan(100)
})

it('the CSRF check passes only if the header repeats the cookie', timed, () => {
  const value = fc.oneof(latin, fc.constantFrom('token', 'token2', 'Token', '', 'a%20b'))
  let proven = 0
  fuzz(fc.tuple(value, value), ([cookie, header]) => {
    const c = contextOf({ Cookie: `csrftoken=${cookie}`, 'X-CSRFToken': header })
    const token = provenCsrfToken(c)
    if (token === undefined) return
    proven++
    expect(token).toBe(c.req.header('X-CSRFToken'))
  })
  expect(proven).toBeGreaterThan(20)
})

it(
  'X-Forwarded-For gives the address that a trusted proxy wrote, otherwise the address of the connection counts',
  timed,
  () => {
    const lists = joined(', ', '192.0.2.7', '2001:db8::1', '::ffff:192.0.2.7', '192.0.2.7:80', 'unknown', '', '_hidden')
    let taken = 0
    fuzz(fc.tuple(lists, fc.nat({ max: 5 })), ([header, proxies]) => {
      const address = addressOf(contextOf({ 'X-Forwarded-For': header }), proxies)
      if (address === 'unknown') return
      taken++
      const from = header.split(',').at(-proxies)?.trim()
      expect([proxies > 0, isIP(address) > 0, address]).toEqual([true, true, from])
    })
    expect(taken).toBeGreaterThan(100)
  },
)

it('X-Forwarded-Proto means https only if the last, trusted proxy says so', timed, () => {
  fuzz(fc.tuple(joined(', ', 'https', 'HTTPS', 'http', ''), fc.nat({ max: 2 })), ([header, proxies]) => {
    const last = header.split(',').at(-1)?.trim().toLowerCase()
    expect(isHttps(contextOf({ 'X-Forwarded-Proto': header }), proxies)).toBe(proxies > 0 && last === 'https')
  })
})

it('Host is loopback or not, for any text', timed, () => {
  const hosts = joined('', 'localhost', '127.0.0.1', '[::1]', ':3000', '.', '@', '/', '\\', 'evil.example', '::ffff:')
  fuzz(hosts, (header) => {
    if (!isLoopbackHostHeader(header)) return
    const { hostname } = new URL(`http://${header}`)
    expect(hostname).toMatch(/^(?:(?:.*\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/)
  })
})
