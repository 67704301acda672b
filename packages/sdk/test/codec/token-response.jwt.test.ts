import { describe, expect, test } from 'vitest'
import type { TokenResponseFormat } from '../../src/codec/token-response.ts'
import { jwt } from '../support/jwt.ts'
import { parse, problemOf, WALL_NOW } from '../support/parse.ts'

describe('a JWT', () => {
  test('lives from iat to exp, whatever the clock says', () => {
    const access = jwt({ iat: 1_000, exp: 1_900.5 })
    expect(parse({ access }, { wallNow: 0 }).accessLifetimeMs).toBe(900_500)
  })

  test('without iat lives from now to exp', () => {
    const access = jwt({ exp: WALL_NOW / 1_000 + 60 })
    expect(parse({ access }).accessLifetimeMs).toBe(60_000)
  })

  test('yields to a lifetime in the answer', () => {
    expect(parse({ access: jwt({ iat: 0, exp: 60 }), expires_in: 30 }).accessLifetimeMs).toBe(30_000)
  })

  test.each([
    ['no exp', {}],
    ['an exp that is a string', { iat: 1, exp: '900' }],
    ['an exp before its iat', { iat: 900, exp: 800 }],
    ['an exp that is its iat', { iat: 900, exp: 900 }],
    ['an exp in the past and no iat', { exp: WALL_NOW / 1_000 - 1 }],
    ['an exp that is not finite', { iat: 1, exp: null }],
    ['an exp in the year 5138', { iat: WALL_NOW / 1_000, exp: 99_999_999_999 }],
    ['an iat of 1970', { iat: 0, exp: WALL_NOW / 1_000 + 900 }],
  ])('with %s gives no lifetime', (_, claims) => {
    expect(problemOf({ access: jwt(claims) })).toMatch(/\bexp\b/)
  })

  test.each([
    ['with a refresh token', { refresh: 'r1' }, {}],
    ['with a refresh cookie', {}, { refreshTokenIn: 'cookie' as const }],
  ])('scenario 52: that has expired begins a session %s, and has no lifetime left', (_, more, format) => {
    const access = jwt({ iat: WALL_NOW / 1_000 - 1_800, exp: WALL_NOW / 1_000 - 900 })
    const lifetimeMs = (isSignIn: boolean) => parse({ access, ...more }, { ...format, isSignIn }).accessLifetimeMs
    expect(lifetimeMs(true)).toBe(0)
    expect(lifetimeMs(false)).toBe(900_000)
  })

  test('that nothing renews is not judged by a clock that may be wrong', () => {
    const access = jwt({ iat: WALL_NOW / 1_000 - 1_800, exp: WALL_NOW / 1_000 - 900 })
    expect(parse({ access }, { isSignIn: true }).accessLifetimeMs).toBe(900_000)
  })

  test('lives from the latest iat in the answer: that of a new refresh token, or of an ID token', () => {
    const access = jwt({ iat: 1_000, exp: 2_680 })
    const newer = jwt({ iat: 1_780, exp: 44_980 })
    expect(parse({ access })).toMatchObject({
      accessLifetimeMs: 1_680_000,
      serverTime: { expiresAt: 2_680_000, now: 1_000_000 },
    })
    expect(parse({ access, refresh: newer })).toMatchObject({
      accessLifetimeMs: 900_000,
      refreshLifetimeMs: 43_200_000,
    })
    expect(parse({ access, id_token: newer }, { refreshTokenIn: 'cookie' }).accessLifetimeMs).toBe(900_000)
    expect(parse({ access, refresh: jwt({ iat: 1.78e12 }) }).accessLifetimeMs).toBe(1_680_000)
  })

  test('lives from the Date of the answer, if that is later and before its end', () => {
    const access = jwt({ iat: 1_000, exp: 1_900 })
    expect(parse({ access }, { date: 1_840_000 })).toMatchObject({
      accessLifetimeMs: 60_000,
      serverTime: { expiresAt: 1_900_000, now: 1_840_000 },
    })
    for (const date of [999_000, 1_900_000, 9_000_000, Number.NaN]) {
      expect(parse({ access }, { date }).accessLifetimeMs).toBe(900_000)
    }
    expect(parse({ access: jwt({ exp: 1_900 }) }, { date: 1_840_000 }).accessLifetimeMs).toBe(60_000)
  })

  test('that has expired by the iat of its refresh token gives no lifetime', () => {
    const refresh = jwt({ iat: 2_000, exp: 45_000 })
    expect(problemOf({ access: jwt({ iat: 1_000, exp: 1_900 }), refresh })).toMatch(/exp/)
    expect(problemOf({ access: jwt({ iat: 1_000, exp: 1_900 }), refresh, expires_in: 900 })).toMatch(/exp/)
  })

  test('ends what is stated beside it, and is right where that is in the wrong unit', () => {
    const access = jwt({ iat: 1_000, exp: 1_900 })
    expect(parse({ access, expires_in: 3_600 }).accessLifetimeMs).toBe(900_000)
    expect(parse({ access, expires_in: 3_600 }, { date: 1_840_000 }).accessLifetimeMs).toBe(60_000)
    expect(parse({ access, expiresIn: 900 }).accessLifetimeMs).toBe(900_000)
    expect(parse({ access, expires_in: 900_000 }).accessLifetimeMs).toBe(900_000)
    expect(parse({ access, expiresIn: 60_000 }).accessLifetimeMs).toBe(60_000)
  })

  test.each([
    ['without exp', { iat: 1_000 }],
    ['without iat, which only the clock of the device could refute', { exp: WALL_NOW / 1_000 - 60 }],
    ['with an exp before its iat', { iat: 1_000, exp: 900 }],
    ['with an exp in milliseconds', { iat: 1_000, exp: 1.9e12 }],
  ])('%s says nothing against what is stated beside it', (_, claims) => {
    expect(parse({ access: jwt(claims), expires_in: 900 })).toMatchObject({ accessLifetimeMs: 900_000 })
  })

  test('gives its claims and its subject', () => {
    const claims = { sub: 'alice', user_id: 7, iat: 0, exp: 60, realm: { roles: ['nurse'] } }
    expect(parse({ access: jwt(claims) })).toMatchObject({ claims, subject: 'alice' })
  })

  test('of a refresh token is a hint and never an error', () => {
    const lifetimeOf = (refresh: string) => parse({ access: 'a', expires_in: 60, refresh }).refreshLifetimeMs
    expect(lifetimeOf(jwt({ iat: 0, exp: 86_400 }))).toBe(86_400_000)
    expect(lifetimeOf(jwt({ iat: 0, exp: 99_999_999_999 }))).toBeUndefined()
    expect(lifetimeOf(jwt({ iat: 5, exp: 1 }))).toBeUndefined()
    expect(lifetimeOf('opaque')).toBeUndefined()
  })

  test.each([
    ['five parts, encrypted', 'eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn'],
    ['a payload that is no JSON', 'eyJ.e30x.sig'],
    ['a payload that is a list', jwt([1])],
    ['a payload that is null', jwt(null)],
    [
      'claims nested 20,000 deep',
      `a.${Buffer.from(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`).toString('base64url')}.c`,
    ],
  ])('with %s is opaque', (_, access) => {
    expect(problemOf({ access })).toMatch(/expires_in/)
    expect(parse({ access, expires_in: 60 })).toEqual({ accessToken: access, accessLifetimeMs: 60_000 })
  })
})

describe('the subject', () => {
  test('a number becomes a string', () => {
    expect(parse({ access: jwt({ user_id: 0, iat: 0, exp: 60 }) }).subject).toBe('0')
  })

  test('is the app’s to find', () => {
    const subject: TokenResponseFormat['subject'] = (json, claims) => `${json.org}/${claims.sub}`
    expect(parse({ access: jwt({ sub: 'alice', iat: 0, exp: 60 }), org: 'ward7' }, { subject }).subject).toBe(
      'ward7/alice',
    )
    expect(parse({ access: 'opaque', expires_in: 60, org: 'ward7' }, { subject }).subject).toBe('ward7/undefined')
  })

  test('may be unknown', () => {
    expect(parse({ access: jwt({ sub: 'alice', iat: 0, exp: 60 }) }, { subject: () => undefined })).not.toHaveProperty(
      'subject',
    )
  })

  test('that is neither string nor number is wrong', () => {
    expect(problemOf({ access: jwt({ sub: { id: 1 }, iat: 0, exp: 60 }) })).toMatch(/subject/)
  })
})
