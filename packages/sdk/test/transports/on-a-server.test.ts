// @vitest-environment node
import { expect, test } from 'vitest'
import { webStore } from '../../src/stores/web.ts'
import { cookieTransport } from '../../src/transports/cookie.ts'
import { jsonTransport } from '../../src/transports/json.ts'

test('there is no page here', () => {
  expect(typeof document).toBe('undefined')
  expect(typeof location).toBe('undefined')
})

test('transports and stores are made without one', () => {
  expect(jsonTransport({ url: '/auth/refresh', revokeUrl: '/auth/logout' }).url).toBe('/auth/refresh')
  expect(cookieTransport({ baseUrl: '/auth/' }).url).toBe('/auth/refresh')
  expect(jsonTransport({ url: 'https://auth.example.com/r' }).url).toBe('https://auth.example.com/r')
  expect(cookieTransport({ url: '/r' }).csrfHeader?.()).toBeUndefined()
  expect(webStore('local', { key: 'ward' }).subscribe).toBeTypeOf('function')
})

test.each([{ 'a b': 'c' }, { a: 'b\nc: d' }, [['a']]])(
  'headers that HTTP does not allow are invalid_option: %j',
  (headers) => {
    const make = () => Reflect.apply(jsonTransport, undefined, [{ url: '/r', headers }])
    expect(make).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(/options\.headers/) }),
    )
  },
)
