import { describe, expect, it } from 'vitest'
import { checkTokens, type GrantContext, grant } from '../../src/session/grant.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { aSession, HOUR, MINUTE, NOON, SECOND } from '../support/sessions.ts'

const context: GrantContext = {
  epoch: 1,
  sid: 's',
  generation: 2,
  commitId: 'key',
  first: false,
  sentAt: NOON,
  now: NOON,
  wallNow: NOON + 7,
  policy: { ...DEFAULT_POLICY, jitterRatio: 0 },
  random: 0,
}
const tokens = { accessToken: 'a', refreshToken: 'r', accessLifetimeMs: 15 * MINUTE, refreshLifetimeMs: HOUR }
const previous = aSession({ subject: 'amara', claims: { role: 'nurse' }, refreshExpiresAt: NOON + MINUTE })

it('is the next generation, with lifetimes that count from when the request was sent', () => {
  const activity = { signedInAt: NOON - HOUR, activities: 4, lastActivityAt: NOON - MINUTE }
  expect(grant(tokens, { ...context, now: NOON + SECOND, activity })).toEqual({
    epoch: 1,
    sid: 's',
    generation: 2,
    commitId: 'key',
    committedAt: NOON + 7,
    signedInAt: NOON - HOUR,
    activities: 4,
    lastActivityAt: NOON - MINUTE,
    accessToken: 'a',
    accessIssuedAt: NOON,
    accessExpiresAt: NOON + 15 * MINUTE,
    refreshAt: NOON + 13 * MINUTE,
    refreshToken: 'r',
    refreshExpiresAt: NOON + HOUR,
  })
})

it('begins now, if it is the first', () => {
  const now = NOON + SECOND
  expect(grant(tokens, { ...context, first: true, now })).toMatchObject({ signedInAt: now, lastActivityAt: now })
})

it('scenario 31: a slow answer brings the next refresh forward', () => {
  const { refreshAt } = grant({ ...tokens, accessLifetimeMs: 15 * SECOND }, { ...context, now: NOON + 2 * SECOND })
  expect(refreshAt).toBe(NOON + 11 * SECOND)
})

it('keeps what the endpoint does not repeat', () => {
  const kept = grant({ accessToken: 'a', accessLifetimeMs: MINUTE }, { ...context, previous })
  const { refreshToken, refreshExpiresAt, subject, claims } = previous
  expect(kept).toMatchObject({ refreshToken, refreshExpiresAt, subject, claims })
})

it('does not give a new refresh token the expiry of the old one', () => {
  const { refreshLifetimeMs: _, ...endless } = tokens
  expect(grant(endless, { ...context, previous })).not.toHaveProperty('refreshExpiresAt')
})

it('scenario 52: a transport of the app may say that the access token has expired, where the session begins', () => {
  const endpoint = { refreshTokenIn: 'body', accessTokenIn: 'header', idempotentRefresh: false } as const
  const expired = { accessToken: 'a', refreshToken: 'r', accessLifetimeMs: 0 }
  expect(() => checkTokens(expired, endpoint, true)).not.toThrow()
  expect(() => checkTokens(expired, endpoint)).toThrow('accessLifetimeMs')
  expect(() => checkTokens({ accessToken: 'a', accessLifetimeMs: 0 }, endpoint, true)).toThrow('accessLifetimeMs')
  expect(() => checkTokens({ ...expired, accessLifetimeMs: -1 }, endpoint, true)).toThrow('accessLifetimeMs')
})

it('has nothing of a former sign-in', () => {
  const session = grant({ accessLifetimeMs: MINUTE }, context)
  expect(Object.keys(session)).not.toEqual(expect.arrayContaining(['subject', 'claims', 'accessToken', 'refreshToken']))
  expect(session).not.toHaveProperty('refreshToken')
})

describe('a JWT that tells its expiry in whole seconds', () => {
  const grantFor = (lifetimeMs: number, stated = false) => {
    const serverTime = { expiresAt: NOON + lifetimeMs + (stated ? SECOND : 0), now: NOON }
    const { accessExpiresAt } = grant({ ...tokens, accessLifetimeMs: lifetimeMs, serverTime }, context)
    return accessExpiresAt - NOON
  }

  it('of a few seconds is not used within the last of them, nor more than a quarter shorter', () => {
    expect([1, 3, 5, 9].map((s) => grantFor(s * SECOND))).toEqual([750, 2_500, 4_500, 8_600])
  })

  it('of a minute or more is used to the end, which no call is near', () => {
    expect([grantFor(MINUTE), grantFor(15 * MINUTE)]).toEqual([MINUTE, 15 * MINUTE])
  })

  it('is used to the end where the answer states a lifetime', () => {
    expect(grantFor(3 * SECOND, true)).toBe(3 * SECOND)
  })
})

it('what is known of the server’s clock goes on with the session', () => {
  const known = { generation: 1, time: NOON, at: NOON, exp: NOON + 15 * MINUTE, lifetimeMs: 15 * MINUTE }
  const serverTime = { expiresAt: NOON + 28 * MINUTE, now: NOON }
  const later = { ...context, sentAt: NOON + 13 * MINUTE, now: NOON + 13 * MINUTE, known, livedMs: 13 * MINUTE }
  expect(grant({ ...tokens, accessLifetimeMs: 28 * MINUTE, serverTime }, later)).toMatchObject({
    accessExpiresAt: NOON + 28 * MINUTE,
    serverClock: { generation: 2, time: NOON + 13 * MINUTE, at: NOON + 13 * MINUTE, lifetimeMs: 15 * MINUTE },
  })
})
