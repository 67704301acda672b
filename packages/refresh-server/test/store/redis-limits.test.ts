import { expect, it } from 'vitest'
import { statusesOf } from '../limits/support.ts'
import { listenTestServer } from '../support/test-server.ts'

const RATE_LIMIT = { windowMs: 60_000, maxRequests: 4 }

it('two processes share the limits of a session and of an address that guesses tokens', async () => {
  const [one, two] = [
    await listenTestServer({ rateLimit: RATE_LIMIT }),
    await listenTestServer({ rateLimit: RATE_LIMIT }),
  ]
  let { refresh } = await one.signIn()
  for (const { rotate } of [one, two, two, one]) refresh = (await rotate(refresh)).refresh
  expect(await statusesOf([() => one.refresh(refresh), () => two.refresh(refresh)])).toEqual([429, 429])

  const guesses = [one, two, one, two, one, two].map(
    ({ post }) =>
      () =>
        post('/api/token/validate', { accessToken: 'not ours' }),
  )
  expect(await statusesOf(guesses)).toEqual([200, 200, 200, 200, 429, 429])
})

it('two processes share the limit of wrong passwords', async () => {
  const servers = [await listenTestServer({ rateLimit: RATE_LIMIT }), await listenTestServer({ rateLimit: RATE_LIMIT })]
  const wrong = [...servers, ...servers, ...servers].map(
    ({ post }) =>
      () =>
        post('/auth/login', { username: 'amara', password: 'wrong' }),
  )
  expect(await statusesOf(wrong)).toEqual([401, 401, 401, 401, 429, 429])
})
