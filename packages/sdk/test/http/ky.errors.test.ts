import { HTTPError } from 'ky'
import { beforeEach, expect, it } from 'vitest'
import { createKy } from '../../src/http/ky.ts'
import { watch } from '../support/ports.ts'
import { MINUTE } from '../support/sessions.ts'
import { bearer, type Page, pass, signIn, unauthorized, useVirtualTime } from '../support/tokens.ts'

beforeEach(useVirtualTime)

const missing = () => new Response('{}', { status: 404 })
const cut = () => Promise.reject(new TypeError('Failed to fetch'))

const networkOf =
  (page: Page): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init)
    page.sent.push(request)
    return page.answer(request)
  }

/** All text that can be reached from an error, members behind symbols and headers of requests included. */
function textIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (seen.has(value) || value instanceof AbortSignal) return ''
  seen.add(value)
  if (value instanceof Headers) return JSON.stringify([...value])
  if (value instanceof Request) return `${value.url} ${textIn(value.headers, seen)}`
  return Reflect.ownKeys(value)
    .map((name) => textIn(Reflect.get(value, name), seen))
    .join('\n')
}

it.each([
  ['404', missing],
  ['401, twice', unauthorized],
  ['the network', cut],
])('the error that ky throws holds no token: %s', async (_, answer) => {
  const page = await signIn()
  page.answer = answer
  const api = createKy(page.tokens, { baseUrl: 'http://localhost:3000', fetch: networkOf(page) })
  const call = watch(api.get('/api/ward').json())
  await pass(5 * MINUTE)
  expect(bearer(page.sent[0])).toBe('Bearer SECRET-access-1')
  expect(call.error).toBeInstanceOf(Error)
  // As a log shows it: members behind symbols, headers and causes included.
  expect(textIn(call.error)).toContain('/api/ward')
  expect(textIn(call.error)).not.toContain('SECRET')
  if (call.error instanceof HTTPError) expect(bearer(call.error.request)).toBeNull()
})

it('an Authorization of the caller stays in it', async () => {
  const page = await signIn()
  page.answer = missing
  const api = createKy(page.tokens, { baseUrl: 'http://localhost:3000', fetch: networkOf(page) })
  const call = watch(api.get('/api', { headers: { authorization: 'Basic abc' } }).json())
  await pass(MINUTE)
  expect(call.error instanceof HTTPError && bearer(call.error.request)).toBe('Basic abc')
})
