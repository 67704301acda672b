import { beforeEach, describe, expect, it } from 'vitest'
import { createKy } from '../../src/http/ky.ts'
import { MINUTE, SECOND } from '../support/sessions.ts'
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

type Send = (page: Page, path: string) => Promise<Response>

const post: Send = ({ tokens }, path) => tokens.fetch(path, { method: 'POST', body: 'an order' })

const postByKy: Send = async (page, path) => {
  const network: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    page.sent.push(request)
    return page.answer(request)
  }
  const api = createKy(page.tokens, { fetch: network, throwHttpErrors: false })
  const answer = api.post(`http://localhost:3000${path}`, { body: 'an order', retry: { methods: ['post'] } })
  const settled = Promise.resolve(answer)
  settled.catch(() => {})
  await pass(SECOND)
  return settled
}

const challenged = (header: string) => () =>
  new Response('{}', { status: 401, headers: { 'www-authenticate': header } })

const redirected = (to: string) => () => {
  const response = unauthorized()
  Object.defineProperties(response, { redirected: { value: true }, url: { value: to } })
  return response
}

describe.each([
  ['fetch', post],
  ['ky', postByKy],
])('scenario 49: by %s', (_name, send) => {
  it.each([
    'Bearer error="insufficient_scope", scope="orders:write"',
    'Bearer realm="api", error="insufficient_user_authentication", acr_values="mfa"',
    'Basic realm="api"',
    'DPoP algs="ES256"',
  ])('a 401 that says "%s" causes no refresh, and the order is sent once', async (header) => {
    const page = await signIn()
    page.answer = challenged(header)
    expect((await send(page, '/api/order')).status).toBe(401)
    expect([page.endpoint.asked.length, page.sent.length]).toEqual([0, 1])
  })

  it.each(['Bearer error="invalid_token"', 'Bearer', 'Basic realm="api", Bearer realm="api"'])(
    'a 401 that says "%s" is replayed after a refresh',
    async (header) => {
      const page = await signIn()
      page.answer = (request) =>
        bearer(request) === 'Bearer SECRET-access-1' ? challenged(header)() : Response.json({})
      expect((await send(page, '/api/order')).status).toBe(200)
      expect([page.endpoint.asked.length, page.sent.length]).toEqual([1, 2])
    },
  )

  it('a 401 after a redirect to another origin, where no token arrives, is handed on as it is', async () => {
    const page = await signIn()
    page.answer = redirected('https://elsewhere.example/login')
    expect((await send(page, '/api/order')).status).toBe(401)
    expect([page.endpoint.asked.length, page.sent.length]).toEqual([0, 1])
  })

  it('a 401 after a redirect within the origin is replayed after a refresh', async () => {
    const page = await signIn()
    page.answer = (request) =>
      bearer(request) === 'Bearer SECRET-access-1'
        ? redirected('http://localhost:3000/api/order/')()
        : Response.json({})
    expect((await send(page, '/api/order')).status).toBe(200)
  })

  it('an API that always answers 401 costs one refresh in 5 minutes, and one order that is sent twice', async () => {
    const page = await signIn()
    page.answer = unauthorized
    for (let n = 0; n < 20; n++) {
      expect((await send(page, `/api/order/${n}?at=${n}`)).status).toBe(401)
      await pass(14 * SECOND)
    }
    expect([page.endpoint.asked.length, page.sent.length]).toEqual([1, 21])
    await pass(5 * MINUTE)
    await send(page, '/api/order/0')
    expect(page.sent.length).toBe(23)
  })

  it('also beside an address that takes the token', async () => {
    const page = await signIn()
    page.answer = ({ url }) => (url.endsWith('/ward') ? Response.json({}) : unauthorized())
    for (let n = 0; n < 20; n++) {
      await send(page, '/api/ward')
      await send(page, `/api/order/${n}`)
      await pass(13 * SECOND)
    }
    expect(page.endpoint.asked.length).toBe(1)
  })

  it('also at one address that takes it for some requests, and for others never', async () => {
    const page = await signIn()
    page.answer = ({ url }) => (url.endsWith('bed=1') ? Response.json({}) : unauthorized())
    for (let n = 0; n < 20; n++) {
      expect((await send(page, '/api/graphql?bed=1')).status).toBe(200)
      expect((await send(page, '/api/graphql?bed=2')).status).toBe(401)
      await pass(13 * SECOND)
    }
    expect(page.endpoint.asked.length).toBe(1)
  })

  it('a token that an address took since, and takes no more, is refreshed at once', async () => {
    const page = await signIn()
    let revoked = 'Bearer none'
    page.answer = (request) =>
      request.url.endsWith('/order') || bearer(request) === revoked ? unauthorized() : Response.json({})
    await send(page, '/api/order')
    await pass(MINUTE)
    await send(page, '/api/ward')
    revoked = 'Bearer SECRET-access-2'
    expect((await send(page, '/api/ward')).status).toBe(200)
    expect(page.endpoint.asked.length).toBe(2)
  })

  it('a new sign-in begins anew', async () => {
    const page = await signIn()
    page.answer = unauthorized
    await send(page, '/api/order')
    await page.tokens.setSession({ ...LOGIN, accessToken: 'SECRET-access-9' })
    page.answer = (request) => (bearer(request) === 'Bearer SECRET-access-9' ? unauthorized() : Response.json({}))
    expect((await send(page, '/api/order')).status).toBe(200)
  })

  it('a refresh that helped holds nothing back', async () => {
    const page = await signIn()
    page.answer = refusesFirst
    expect((await send(page, '/api/order')).status).toBe(200)
    await pass(MINUTE)
    page.answer = (request) => (bearer(request) === 'Bearer SECRET-access-2' ? unauthorized() : Response.json({}))
    expect((await send(page, '/api/ward')).status).toBe(200)
    expect(page.endpoint.asked.length).toBe(2)
  })
})

it('scenario 49: with the access token in a cookie the scheme says nothing, the error does', async () => {
  const inCookie = { accessTokenIn: 'cookie', refreshTokenIn: 'cookie' } as const
  const page = await signIn({}, inCookie)
  page.answer = challenged('Bearer error="insufficient_scope"')
  await post(page, '/api/order')
  expect(page.endpoint.asked.length).toBe(0)
  page.answer = challenged('Session realm="api"')
  await post(page, '/api/order')
  expect(page.endpoint.asked.length).toBe(1)
})
