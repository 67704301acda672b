import ky, { type BeforeRetryHook, HTTPError, type KyInstance, type Options } from 'ky'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKy, createKyHooks } from '../../src/http/ky.ts'
import { watch } from '../support/ports.ts'
import { HOUR, MINUTE, SECOND } from '../support/sessions.ts'
import {
  bearer,
  LOGIN,
  type Page,
  pass,
  refusesFirst,
  signIn,
  unauthorized,
  useVirtualTime,
} from '../support/tokens.ts'

beforeEach(useVirtualTime)

/** A signed-in page, and ky over its network. */
async function create(options: Options = {}): Promise<Page & { api: KyInstance; bodies: string[] }> {
  const page = await signIn()
  const bodies: string[] = []
  const network: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    page.sent.push(request)
    if (request.body) bodies.push(await request.clone().text())
    return page.answer(request)
  }
  const api = createKy(page.tokens, { baseUrl: 'http://localhost:3000', fetch: network, ...options })
  return Object.assign(page, { api, bodies })
}

/** Runs what needs virtual time to go on. */
async function during<T>(ms: number, work: Promise<T>): Promise<T> {
  const outcome = watch(work)
  await pass(ms)
  if (!outcome.settled) throw new Error('It has not settled.')
  return work
}

describe('a ky request', () => {
  it('carries the token', async () => {
    const { api, sent } = await create()
    await api.get('/api/ward')
    expect(bearer(sent[0])).toBe('Bearer SECRET-access-1')
  })

  it('carries it nowhere else, and leaves an Authorization of the caller alone', async () => {
    const { api, sent } = await create()
    await api.get('https://elsewhere.example/')
    await api.get('/api', { headers: { authorization: 'Basic abc' } })
    await api.get('/api', { credentials: 'omit' })
    expect(sent.map(bearer)).toEqual([null, 'Basic abc', null])
  })

  it('with cookie access carries the cookie and the CSRF header', async () => {
    const page = await signIn(
      {},
      { accessTokenIn: 'cookie', refreshTokenIn: 'cookie', csrfHeader: () => ({ name: 'X-CSRFToken', value: 'c' }) },
    )
    const sent: Request[] = []
    const network: typeof fetch = async (input, init) => {
      sent.push(new Request(input, init))
      return new Response('{}')
    }
    const api = createKy(page.tokens, { fetch: network })
    await api.post('http://localhost:3000/api', { json: {} })
    expect([sent[0]?.credentials, sent[0]?.headers.get('x-csrftoken')]).toEqual(['include', 'c'])
  })
})

describe('a 401', () => {
  it.each(['get', 'post', 'put', 'patch', 'delete'] as const)(
    'of %s is replayed once, body and all',
    async (method) => {
      const page = await create()
      page.answer = refusesFirst
      const call = page.api(`/api`, { method, ...(method !== 'get' && { json: { note: 'slept well' } }) }).json()
      expect(await during(SECOND, call)).toEqual({ ok: true })
      expect(page.sent.map(bearer)).toEqual(['Bearer SECRET-access-1', 'Bearer SECRET-access-2'])
      expect(page.bodies).toEqual(method === 'get' ? [] : Array(2).fill('{"note":"slept well"}'))
      expect(page.endpoint.asked).toHaveLength(1)
      expect(page.tokens.getMetrics()).toMatchObject({ requestsSent: 2, requestsReplayed: 1, unauthorizedAnswers: 1 })
    },
  )

  it('scenario 16: 50 at once need one refresh', async () => {
    const page = await create()
    page.answer = refusesFirst
    const calls = Array.from({ length: 50 }, () => page.api('/api').json())
    expect(await during(SECOND, Promise.all(calls))).toHaveLength(50)
    expect(page.endpoint.asked).toHaveLength(1)
  })

  it('the second is the caller’s', async () => {
    const page = await create()
    page.answer = unauthorized
    const call = watch(page.api('/api'))
    await pass(MINUTE)
    expect(call.error).toBeInstanceOf(HTTPError)
    expect(page.sent).toHaveLength(2)
    expect(page.endpoint.asked).toHaveLength(1)
  })

  it('without retries is the caller’s at once, as an HTTPError', async () => {
    const page = await create({ retry: 0 })
    page.answer = unauthorized
    const call = watch(page.api.post('/api', { json: {} }))
    await pass(MINUTE)
    expect(call.error).toMatchObject({ name: 'HTTPError', response: { status: 401 } })
    expect(page.sent).toHaveLength(1)
  })

  it('with throwHttpErrors off is an answer', async () => {
    const page = await create({ throwHttpErrors: false })
    page.answer = unauthorized
    expect((await during(SECOND, Promise.resolve(page.api('/api')))).status).toBe(401)
  })
})

describe('ky’s own retry', () => {
  it('carries the token of that moment', async () => {
    const page = await create()
    let answered = 0
    page.answer = async () => {
      if (answered++) return Response.json({})
      await page.tokens.refreshAccessToken()
      return new Response(null, { status: 503 })
    }
    await during(MINUTE, Promise.resolve(page.api.get('/api')))
    expect(page.sent.map(bearer)).toEqual(['Bearer SECRET-access-1', 'Bearer SECRET-access-2'])
  })

  it('scenario 39: is not sent for someone else', async () => {
    const page = await create()
    page.answer = async () => {
      await page.tokens.setSession({ ...LOGIN, accessToken: 'SECRET-bo', subject: 'bo' })
      return new Response(null, { status: 503 })
    }
    const call = watch(page.api.get('/api'))
    await pass(MINUTE)
    expect(call.error).toMatchObject({ code: 'identity_changed' })
    expect(page.sent).toHaveLength(1)
  })
})

describe('waiting', () => {
  it('is outside ky’s time-out', async () => {
    const page = await create({ timeout: 5 * SECOND })
    page.endpoint.respond = () => new Promise(() => {})
    await pass(HOUR)
    const call = watch(page.api('/api'))
    await pass(14 * SECOND)
    expect(call.settled).toBe(false)
    await pass(SECOND)
    expect(call.error).toMatchObject({ code: 'refresh_unavailable' })
    expect(page.sent).toEqual([])
  })

  it('ends at once with the signal', async () => {
    const page = await create()
    page.endpoint.respond = () => new Promise(() => {})
    await pass(HOUR)
    const controller = new AbortController()
    const call = watch(page.api('/api', { signal: controller.signal }))
    await pass(SECOND)
    controller.abort('went on')
    await pass(0)
    expect(call.settled).toBe(true)
    expect(call.error).toBe('went on')
  })

  it('scenario 18: a signed-out page sends nothing', async () => {
    const page = await create()
    await page.tokens.signOut()
    const call = watch(page.api('/api'))
    await pass(MINUTE)
    expect(call.error).toMatchObject({ code: 'signed_out' })
    expect(page.sent).toEqual([])
  })
})

describe('an instance of one’s own', () => {
  it('runs the caller’s hooks as well, after the token is on', async () => {
    const seen: Array<string | null | undefined> = []
    const beforeRetry: BeforeRetryHook = ({ request }) => void seen.push(`retry ${bearer(request)}`)
    const page = await create({
      hooks: {
        beforeRequest: [({ request }) => void seen.push(bearer(request))],
        beforeRetry: [beforeRetry],
        afterResponse: [({ response }) => void seen.push(String(response.status))],
      },
    })
    page.answer = refusesFirst
    await during(SECOND, page.api('/api').json())
    expect(seen).toEqual(['Bearer SECRET-access-1', 'retry Bearer SECRET-access-2', '200'])
  })

  it('may be extended, with the token still on', async () => {
    const page = await create()
    page.answer = refusesFirst
    const ward = page.api.extend({ prefix: '/api/ward', headers: { 'x-ward': '3' } })
    await during(SECOND, ward('beds').json())
    expect(page.sent.map(({ url }) => url)).toEqual(Array(2).fill('http://localhost:3000/api/ward/beds'))
    expect(page.sent.map(bearer)).toEqual(['Bearer SECRET-access-1', 'Bearer SECRET-access-2'])
    expect(page.sent[1]?.headers.get('x-ward')).toBe('3')
  })

  it('may be made with the hooks alone, and keep a context', async () => {
    const page = await create()
    page.answer = refusesFirst
    const seen: unknown[] = []
    const network: typeof fetch = async (input, init) => page.answer(new Request(input, init))
    const api = ky.create({ fetch: network, hooks: createKyHooks(page.tokens), context: { ward: 3 } }).extend({
      hooks: { beforeRequest: [({ options }) => void seen.push(options.context.ward)] },
    })
    expect(await during(SECOND, api('http://localhost:3000/api').json())).toEqual({ ok: true })
    expect(seen).toEqual([3])
  })

  it('requests share nothing: each is replayed once', async () => {
    const page = await create()
    page.answer = unauthorized
    const calls = [watch(page.api('/a')), watch(page.api('/b'))]
    await pass(MINUTE)
    expect(calls.map(({ settled }) => settled)).toEqual([true, true])
    expect(page.sent).toHaveLength(4)
  })

  it.each([{}, { fetch }])('needs a token manager', (tokens) => {
    expect(() => createKyHooks(tokens as never)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})
