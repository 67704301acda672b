import { expect, test } from 'vitest'
import { type Flavour, signIn } from './support/session.ts'

const flavours: readonly Flavour[] = ['json', 'cookie', 'simple-jwt', 'session-service', 'oauth2']

test.each(flavours)('%s: the browser whose session gave way to newer ones is told so', async (flavour) => {
  const session = await signIn({ flavour, server: { maxSessions: 2 } })
  const { origin } = new URL(session.transport.url)
  const signInElsewhere = () =>
    fetch(`${origin}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'amara', password: 'amara-pw' }),
    })
  await signInElsewhere()
  const outcome = await session.refresh({ key: 'one' })
  expect(outcome).toMatchObject({ kind: 'tokens' })
  const refreshToken = outcome.kind === 'tokens' ? outcome.tokens.refreshToken : undefined
  await signInElsewhere()
  expect(await session.refresh({ refreshToken, key: 'two' })).toEqual({
    kind: 'rejected',
    error: 'invalid_grant.session_limit',
  })
})

test.each(flavours)('%s: who refreshes too often keeps the session, and waits as long as told', async (flavour) => {
  const rateLimit = { windowMs: 60_000, maxRequests: 1 }
  const session = await signIn({ flavour, server: { reuse: 'strict', rateLimit } })
  const outcome = await session.refresh({ key: 'one' })
  const refreshToken = outcome.kind === 'tokens' ? outcome.tokens.refreshToken : undefined
  expect(await session.refresh({ refreshToken, key: 'two' })).toEqual({
    kind: 'unavailable',
    error: expect.stringMatching(/^http_429/),
    retryAfterMs: expect.any(Number),
  })
})
