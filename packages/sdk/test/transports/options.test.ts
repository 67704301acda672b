import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { address, junk, junkUnder, path } from '../../../../test/support/junk.ts'
import { isTokenManagerError } from '../../src/errors.ts'
import { cookieTransport } from '../../src/transports/cookie.ts'
import { jsonTransport } from '../../src/transports/json.ts'
import { oauth2Transport } from '../../src/transports/oauth2.ts'
import { sessionServiceTransport } from '../../src/transports/session-service.ts'
import { simpleJwtTransport } from '../../src/transports/simple-jwt.ts'
import { invalidOptionOf } from '../support/invalid-option.ts'

const cases: [string, unknown, RegExp][] = [
  ['nothing', undefined, /options must be an object/],
  ['no address', {}, /options\.url must be given, or baseUrl/],
  ['an empty address', { url: '' }, /options\.url must be an http\(s\) URL/],
  ['an address that is none', { url: 'http://' }, /options\.url/],
  ['an address of another scheme', { url: 'ws://a.example/' }, /options\.url/],
  ['an address with a password', { url: 'https://u:p@a.example/' }, /options\.url/],
  ['a base', { baseUrl: 5 }, /options\.baseUrl must be an http\(s\) URL/],
  ['an address to revoke', { url: '/r', revokeUrl: 'javascript:x' }, /options\.revokeUrl/],
  ['headers', { url: '/r', headers: 'x: y' }, /options\.headers must be/],
  ['no headers', { url: '/r', headers: null }, /options\.headers must be/],
  ['credentials', { url: '/r', credentials: true }, /options\.credentials must be omit or same-origin or include/],
  ['idempotentRefresh', { url: '/r', idempotentRefresh: 'yes' }, /options\.idempotentRefresh must be a boolean/],
  ['a subject', { url: '/r', subject: 'sub' }, /options\.subject must be a function/],
  ['a header name', { url: '/r', idempotencyHeader: 'a b' }, /options\.idempotencyHeader must be/],
  ['a header switched on', { url: '/r', idempotencyHeader: true }, /options\.idempotencyHeader must be/],
  [
    'a replay without a key',
    { url: '/r', idempotentRefresh: true, idempotencyHeader: false },
    /options\.idempotencyHeader must be/,
  ],
  ['a body', { url: '/r', toBody: {} }, /options\.toBody must be a function/],
  ['a body read', { url: '/r', fromBody: {} }, /options\.fromBody must be a function/],
  ['an opinion', { url: '/r', isRejected: 401 }, /options\.isRejected must be a function/],
  ['an unknown key', { url: '/r', header: {} }, /options\.header is unknown: it must be one of .*headers/],
]

test.each(cases)('%s', (_, options, problem) => {
  expect(invalidOptionOf(jsonTransport, options)).toMatch(problem)
  expect(invalidOptionOf(cookieTransport, options)).toMatch(problem)
  expect(invalidOptionOf(simpleJwtTransport, options)).toMatch(problem)
  const client = options === undefined ? options : { clientId: 'ward', ...Object(options) }
  expect(invalidOptionOf(oauth2Transport, client)).toMatch(problem)
})

test.each<[string, unknown, RegExp]>([
  ['csrf', { url: '/r', csrf: true }, /options\.csrf must be an object/],
  ['half of csrf', { url: '/r', csrf: { cookie: 'c' } }, /options\.csrf\.header must be/],
  ['a cookie name', { url: '/r', csrf: { cookie: 'a=b', header: 'X' } }, /options\.csrf\.cookie must be/],
  [
    'an unknown key inside',
    { url: '/r', csrf: { cookie: 'c', header: 'X', x: 1 } },
    /options\.csrf\.x is unknown: it must be one of/,
  ],
  [
    'where the access token is',
    { url: '/r', accessTokenIn: 'body' },
    /options\.accessTokenIn must be header or cookie/,
  ],
])('with a cookie: %s', (_, options, problem) => {
  expect(invalidOptionOf(cookieTransport, options)).toMatch(problem)
  if (!/inside/.test(_))
    expect(invalidOptionOf(jsonTransport, { url: '/r', csrf: false })).toMatch(
      /options\.csrf is unknown: it must be one of/,
    )
})

test('junk makes a transport or is invalid_option, whatever it is', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const names = [
    ...[
      'url',
      'baseUrl',
      'revokeUrl',
      'headers',
      'credentials',
      'idempotentRefresh',
      'subject',
      'idempotencyHeader',
      'toBody',
    ],
    ...['fromBody', 'isRejected', 'csrf', 'accessTokenIn', 'cookie', 'header', 'clientId', 'scope'],
  ]
  const leaf = fc.oneof(
    junk,
    address,
    path,
    fc.boolean(),
    fc.constant(() => {}),
  )
  const options = junkUnder(names, fc.oneof(leaf, junkUnder(names, leaf)))
  const factories = [...[jsonTransport, cookieTransport, simpleJwtTransport, oauth2Transport, sessionServiceTransport]]
  let made = 0
  fuzz(
    fc.oneof(
      junk,
      options,
      options.map((more) => ({ url: '/r', ...more })),
      options.map((more) => ({ url: '/r', clientId: 'ward', ...more })),
    ),
    (input) => {
      for (const factory of factories) {
        try {
          const transport = Reflect.apply(factory, undefined, [input]) as ReturnType<typeof factory>
          made++
          expect(transport.url).toMatch(/^https?:/)
        } catch (error) {
          if (!isTokenManagerError(error)) throw error
          expect(error.code).toBe('invalid_option')
        }
      }
    },
  )
  expect(made).toBeGreaterThan(20)
})
