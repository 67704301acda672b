// @vitest-environment node
// The page of the other tests takes any header.
import { expect, it } from 'vitest'
import { createFetch } from '../../src/http/fetch.ts'
import { createRequestAuth } from '../../src/http/request-auth.ts'

const unused = () => {
  throw new Error('not called')
}
const origin = 'https://app.example'
const requestAuth = createRequestAuth(
  {
    ...{ identity: () => 0, admit: unused, renew: unused },
    ...{ isAnonymous: unused, accepted: unused, sent: unused, unauthorized: unused, replayed: unused },
  },
  {
    transport: { url: '/auth/refresh', accessTokenIn: 'header' },
    environment: { origin, base: () => origin },
    allowedOrigins: [],
  },
)
const call = createFetch(requestAuth, { network: fetch, pageFetch: () => undefined })

it.each([
  ['a name', '/api', { headers: { 'bad name': 'x' } }],
  ['a value', '/api', { headers: { 'x-ward': 'a\nb' } }],
  ['a name, to a foreign origin', 'https://elsewhere.example/', { headers: { 'bad name': 'x' } }],
])('what can not be sent is a rejection and never throws, as with fetch itself: %s', async (_, url, init) => {
  const answer = call(url, init)
  await expect(answer).rejects.toBeInstanceOf(TypeError)
})

it('nor does an address that is no text', async () => {
  const input = { toString: unused } as unknown as URL
  await expect(call(input)).rejects.toThrow('not called')
})
