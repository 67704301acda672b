import type { Fault, ReuseMode } from '@token-manager/refresh-server'
import type { RefreshOutcome } from '@token-manager/sdk'
import { describe, expect, test } from 'vitest'
import { type Flavour, type InteropSession, signIn } from './support/session.ts'

const flavours: readonly Flavour[] = ['json', 'cookie', 'simple-jwt', 'session-service', 'oauth2']
const modes: readonly ReuseMode[] = ['strict', 'grace', 'replay']

const tokens = { kind: 'tokens', tokens: { accessLifetimeMs: 900_000, subject: 'amara' } }
const rejected = { kind: 'rejected', error: 'invalid_grant.reused' }
const network = { kind: 'unavailable', error: 'network' }

/** The refresh token that an answer brought, wherever it is kept. */
function newest(session: InteropSession, outcome: RefreshOutcome): string | undefined {
  return session.cookie() ?? (outcome.kind === 'tokens' ? outcome.tokens.refreshToken : undefined)
}

describe.each(flavours)('%s', (flavour) => {
  test.each(modes)('%s: each refresh brings tokens that work and a new refresh token', async (reuse) => {
    const session = await signIn({ flavour, server: { reuse } })
    const seen = new Set([session.refreshToken ?? session.cookie()])
    let refreshToken = session.refreshToken
    for (const key of ['one', 'two', 'three']) {
      const outcome = await session.refresh({ refreshToken, key })
      expect(outcome).toMatchObject(tokens)
      expect(await session.statusOf(outcome)).toBe(200)
      seen.add(newest(session, outcome))
      refreshToken = outcome.kind === 'tokens' ? outcome.tokens.refreshToken : undefined
    }
    expect(seen.size).toBe(4)
    expect(session.qa.counts()).toMatchObject({ refreshes: { ok: 3, rejected: 0 }, reuseEvents: 0 })
  })

  // What happens to an attempt whose answer is lost after the rotation, when it is repeated with its key.
  const repeated = { strict: rejected, grace: tokens, replay: tokens }
  test.each(modes)('%s: a lost answer is unavailable; the repetition has its outcome', async (reuse) => {
    const session = await signIn({ flavour, server: { reuse } })
    session.qa.setFault({ endpoint: 'refresh', kind: 'reset-after' })
    expect(await session.refresh()).toEqual(network)
    const outcome = await session.refresh()
    expect(outcome).toMatchObject(repeated[reuse])
    expect(await session.statusOf(outcome)).toBe(reuse === 'strict' ? 401 : 200)
    const { refreshes, idempotencyKeys } = session.qa.counts()
    expect(refreshes).toMatchObject(
      { strict: { ok: 1, rejected: 1 }, grace: { ok: 2 }, replay: { ok: 1, replayed: 1 } }[reuse],
    )
    expect(idempotencyKeys).toEqual({ 'a-key': 2 })
  })

  test('replay: another key is a theft', async () => {
    const session = await signIn({ flavour })
    session.qa.setFault({ endpoint: 'refresh', kind: 'reset-after' })
    expect(await session.refresh({ key: 'one' })).toEqual(network)
    expect(await session.refresh({ key: 'two' })).toEqual(rejected)
  })

  // Nothing was committed, so that the same refresh token is as good as before.
  const harmless: ReadonlyArray<[name: string, Fault, object]> = [
    ['503', { endpoint: 'refresh', kind: '503' }, { kind: 'unavailable', error: 'http_503' }],
    [
      '429 with Retry-After',
      { endpoint: 'refresh', kind: '429', retryAfterS: 7 },
      { kind: 'unavailable', error: 'http_429', retryAfterMs: 7_000 },
    ],
    ['a connection that is reset before the rotation', { endpoint: 'refresh', kind: 'reset-before' }, network],
    ['HTML instead of JSON', { endpoint: 'refresh', kind: 'html' }, { kind: 'unavailable', error: 'not_json' }],
    ['a late rotation', { endpoint: 'refresh', kind: 'latency', ms: 200, when: 'before' }, tokens],
    ['a late answer', { endpoint: 'refresh', kind: 'latency', ms: 200, when: 'after' }, tokens],
  ]
  test.each(harmless)('strict: %s has its outcome, and the session lives', async (_, fault, expected) => {
    const session = await signIn({ flavour, server: { reuse: 'strict' } })
    session.qa.setFault(fault)
    const outcome = await session.refresh()
    expect(outcome).toMatchObject(expected)
    if (outcome.kind === 'tokens') return
    expect(await session.refresh()).toMatchObject(tokens)
    expect(session.qa.counts()).toMatchObject({ refreshes: { ok: 1, rejected: 0 }, reuseEvents: 0 })
  })

  test('a body that never ends is given up with the signal; the repetition succeeds', async () => {
    const session = await signIn({ flavour })
    session.qa.setFault({ endpoint: 'refresh', kind: 'stall' })
    expect(await session.refresh({ signal: AbortSignal.timeout(300) })).toEqual({
      kind: 'unavailable',
      error: 'timeout',
    })
    expect(await session.refresh()).toMatchObject(tokens)
    // The headers had brought the new cookie, so that the repetition came with that one.
    const counts = { body: { ok: 1, replayed: 1 }, cookie: { ok: 2, replayed: 0 } }
    expect(session.qa.counts()).toMatchObject({
      refreshes: counts[session.transport.refreshTokenIn],
      reuseEvents: 0,
    })
  })

  test('an answer that takes too long is given up with the signal, and nothing is committed', async () => {
    const session = await signIn({ flavour, server: { reuse: 'strict' } })
    session.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 60_000 })
    expect(await session.refresh({ signal: AbortSignal.timeout(300) })).toEqual({
      kind: 'unavailable',
      error: 'timeout',
    })
    session.qa.setFault({ endpoint: 'refresh', kind: 'none' })
    expect(await session.refresh()).toMatchObject(tokens)
  })

  test('after a sign-out the refresh token is dead, and telling again does no harm', async () => {
    const session = await signIn({ flavour })
    await session.revoke()
    const reason = flavour === 'cookie' ? 'unknown' : 'revoked'
    expect(await session.refresh()).toEqual({ kind: 'rejected', error: `invalid_grant.${reason}` })
    await session.revoke()
    expect(session.qa.counts()).toMatchObject({ familiesRevoked: 1 })
  })

  test('a sign-out that the endpoint does not hear of is an error', async () => {
    const session = await signIn({ flavour })
    for (const kind of ['503', 'reset-before', 'html'] as const) {
      session.qa.setFault({ endpoint: 'logout', kind })
      await expect(session.revoke()).rejects.toMatchObject({ code: 'refresh_unavailable' })
    }
    expect(await session.refresh()).toMatchObject(tokens)
  })
})

test('json: an unknown refresh token is rejected', async () => {
  const session = await signIn({ flavour: 'json' })
  expect(await session.refresh({ refreshToken: 'never-issued' })).toEqual({
    kind: 'rejected',
    error: 'invalid_grant.unknown',
  })
})

test('cookie: no refresh token crosses into what the page sees', async () => {
  const session = await signIn({ flavour: 'cookie' })
  expect(session.refreshToken).toBeUndefined()
  const outcome = await session.refresh()
  expect(outcome).toMatchObject(tokens)
  expect(JSON.stringify(outcome)).not.toContain(session.cookie())
})

test('cookie: without the CSRF token it is unavailable, not a rejection', async () => {
  const session = await signIn({ flavour: 'cookie', csrf: false })
  expect(await session.refresh()).toEqual({ kind: 'unavailable', error: 'http_403.csrf_failed' })
  expect(session.qa.counts()).toMatchObject({ refreshes: { ok: 0, rejected: 0 }, familiesRevoked: 0 })
})
