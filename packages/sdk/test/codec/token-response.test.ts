import { describe, expect, test } from 'vitest'
import { jwt } from '../support/jwt.ts'
import { parse, problemOf } from '../support/parse.ts'

describe('names', () => {
  test.each(['access', 'accessToken', 'access_token', 'token'])('the access token may be called %s', (name) => {
    expect(parse({ [name]: 'opaque', expires_in: 900 })).toEqual({ accessToken: 'opaque', accessLifetimeMs: 900_000 })
  })

  test.each(['refresh', 'refreshToken', 'refresh_token'])('the refresh token may be called %s', (name) => {
    expect(parse({ access: 'opaque', [name]: 'r1', expires_in: 900 }).refreshToken).toBe('r1')
  })

  test('a member that is null is as good as absent', () => {
    expect(parse({ access: null, token: 'a1', refresh: null, expires_in: null, expiresIn: 5_000 })).toEqual({
      accessToken: 'a1',
      accessLifetimeMs: 5_000,
    })
  })

  test('a token set is understood as it is', () => {
    const tokens = {
      accessToken: 'a1',
      accessLifetimeMs: 1_500,
      refreshToken: 'r1',
      refreshLifetimeMs: 9_000,
      subject: 'u1',
    }
    expect(parse(tokens)).toEqual(tokens)
  })
})

describe('lifetimes', () => {
  test.each([
    [{ expires_in: 900 }, 900_000],
    [{ expires_in: '900' }, 900_000],
    [{ expires_in: 0.5 }, 500],
    [{ expires_in: '1.5' }, 1_500],
    [{ expires_in: ' 60 ' }, 60_000],
    [{ expiresIn: 900 }, 900],
    [{ expiresIn: '900' }, 900],
    [{ expiresIn: '45s' }, 45_000],
    [{ expiresIn: '30m' }, 1_800_000],
    [{ expiresIn: '2h' }, 7_200_000],
    [{ expiresIn: '7d' }, 604_800_000],
    [{ expiresIn: '250ms' }, 250],
    [{ expiresIn: '1.5h' }, 5_400_000],
    [{ expires_in: 60, expiresIn: 1 }, 60_000],
  ])('%j', (lifetime, accessLifetimeMs) => {
    expect(parse({ access: 'opaque', ...lifetime }).accessLifetimeMs).toBe(accessLifetimeMs)
  })

  test.each([
    ['refresh_expires_in', 60, 60_000],
    ['refreshExpiresIn', '7d', 604_800_000],
    ['refreshExpiresIn', 1_234, 1_234],
  ])('of the refresh token: %s %j', (name, value, refreshLifetimeMs) => {
    expect(parse({ access: 'a', expires_in: 1, [name]: value }).refreshLifetimeMs).toBe(refreshLifetimeMs)
  })

  const absurd = [0, -1, -0.001, '0', '-5', '5y', '1e3', '', 'soon', '30 m', '9'.repeat(400), 1e300, 315_360_001, true]
  test.each([...absurd, Number.NaN, Number.POSITIVE_INFINITY, [900], {}])('%s is none', (value) => {
    expect(problemOf({ access: 'opaque', expires_in: value })).toMatch(/expires_in/)
    expect(problemOf({ access: 'opaque', expires_in: 900, refresh_expires_in: value })).toMatch(/refresh_expires_in/)
  })

  test('ten years are the most', () => {
    expect(parse({ access: 'opaque', expiresIn: '3650d' }).accessLifetimeMs).toBe(315_360_000_000)
    expect(problemOf({ access: 'opaque', expiresIn: '3651d' })).toMatch(/expiresIn/)
  })
})

test('fromBody brings other shapes into form', () => {
  const fromBody = (json: unknown) => (typeof json === 'object' && json !== null && 'data' in json ? json.data : json)
  expect(parse({ data: { access: 'a', expires_in: 60 } }, { fromBody }).accessToken).toBe('a')
})

describe('cookies', () => {
  test('an access token in a cookie leaves only its lifetime', () => {
    expect(parse({ access: 'never mind', expires_in: 60 }, { accessTokenIn: 'cookie' })).not.toHaveProperty(
      'accessToken',
    )
    expect(problemOf({ access: jwt({ iat: 0, exp: 60 }) }, { accessTokenIn: 'cookie' })).toMatch(/expires_in/)
  })

  test('a refresh token that should be in a cookie is not taken from the body', () => {
    const tokens = parse(
      { access: 'a', refresh: 'r1', expires_in: 60, refresh_expires_in: 90 },
      { refreshTokenIn: 'cookie' },
    )
    expect(tokens).toEqual({ accessToken: 'a', accessLifetimeMs: 60_000, refreshLifetimeMs: 90_000 })
  })
})
