import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, junkUnder } from '../../../../test/support/junk.ts'
import { isTokenManagerError } from '../../src/errors.ts'
import { jwt } from '../support/jwt.ts'
import { parse, problemOf } from '../support/parse.ts'

describe('what is missing or wrong is named', () => {
  test.each([
    [undefined, /JSON object/],
    [null, /JSON object/],
    ['{"access":"a"}', /JSON object/],
    [[{ access: 'a' }], /JSON object/],
    [{}, /no JSON object, or an empty one/],
    [Promise.resolve({ access: 'a1', expires_in: 60 }), /no JSON object, or an empty one/],
    [Response.json({ access: 'a1', expires_in: 60 }), /no JSON object, or an empty one/],
    [{ detail: 'ok' }, /no access, accessToken, access_token, token/],
    [{ expires_in: 60 }, /no access/],
    [{ access: 'opaque' }, /no expires_in or expiresIn/],
    [{ access: '', expires_in: 60 }, /access is no token/],
    [{ accessToken: 5, expires_in: 60 }, /accessToken is no token/],
    [{ access_token: 'a\nb', expires_in: 60 }, /access_token is no token/],
    [{ token: 'snow☃', expires_in: 60 }, /token is no token/],
    [{ access: 'x'.repeat(65_537), expires_in: 60 }, /access is no token/],
    [{ access: 'a', expires_in: 60, refresh_token: {} }, /refresh_token is no token/],
  ])('%j', (json, problem) => {
    expect(problemOf(json)).toMatch(problem)
  })

  test('no message quotes a token', () => {
    const secret = 's3cr3t'
    for (const json of [
      { access: secret },
      { access: `${secret}\n` },
      { access: 'a', expires_in: secret },
      { access: jwt({ exp: secret }) },
    ]) {
      expect(problemOf(json)).not.toContain(secret)
    }
  })

  test('whatever the app’s functions throw', () => {
    const thrower = () => {
      throw new Error('token r1 is odd')
    }
    const json = { access: 'a', expires_in: 60 }
    expect(problemOf(json, { subject: thrower })).toBe('token response: could not be read')
    expect(problemOf(json, { fromBody: thrower })).toBe('token response: could not be read')
  })

  test('whatever a getter or a proxy does', () => {
    const trap = () => {
      throw new Error('trapped')
    }
    expect(problemOf(Object.defineProperty({}, 'access', { enumerable: true, get: trap }))).toMatch(/could not be read/)
    expect(problemOf(new Proxy({}, { get: trap, ownKeys: trap, has: trap }))).toMatch(/could not be read/)
    let reads = 0
    const fickle = {
      expires_in: 60,
      get access() {
        reads++
        return reads === 1 ? 'a1' : { not: 'a token' }
      },
    }
    expect(parse(fickle).accessToken).toBe('a1')
  })
})

describe('the prototype', () => {
  test('is neither read', () => {
    const inherited = Object.create({ access: 'a', expires_in: 60 })
    expect(problemOf(inherited)).toMatch(/an empty one/)
    expect(problemOf(JSON.parse('{"__proto__":{"access":"a","expires_in":60}}'))).toMatch(/no access/)
  })

  test('nor written', () => {
    parse(
      JSON.parse(
        '{"access":"a","expires_in":60,"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
      ),
    )
    parse({ access: `a.${Buffer.from('{"iat":0,"exp":60,"__proto__":{"polluted":true}}').toString('base64url')}.c` })
    expect({}).not.toHaveProperty('polluted')
  })
})

const NAMES = [
  ...['access', 'accessToken', 'access_token', 'token', 'refresh', 'refreshToken', 'refresh_token', 'subject'],
  ...['expires_in', 'expiresIn', 'accessLifetimeMs', 'refresh_expires_in', 'refreshExpiresIn', 'refreshLifetimeMs'],
]

test('junk is a token set or invalid_response, whatever it is', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const values = fc.oneof(
    junk,
    fc.string(),
    fc.double(),
    fc.stringMatching(/^\d{1,8}(ms|s|m|h|d)?$/),
    junkUnder(['sub', 'user_id', 'exp', 'iat'], fc.oneof(junk, fc.integer())).map((claims) =>
      jwt(serialisable(claims)),
    ),
  )
  const formats = fc.record({
    accessTokenIn: fc.constantFrom('header', 'cookie'),
    refreshTokenIn: fc.constantFrom('body', 'cookie'),
  })
  let taken = 0
  fuzz(fc.tuple(fc.oneof(junk, junkUnder(NAMES, values)), formats), ([json, format]) => {
    try {
      const tokens = parse(json, format)
      taken++
      expect(tokens.accessLifetimeMs).toBeGreaterThan(0)
      expect(tokens.accessLifetimeMs).toBeLessThanOrEqual(315_360_000_000)
      expect(typeof (tokens.accessToken ?? '')).toBe('string')
      expect(typeof (tokens.subject ?? '')).toBe('string')
    } catch (error) {
      if (!isTokenManagerError(error)) throw error
      expect(error.code).toBe('invalid_response')
    }
  })
  expect(taken).toBeGreaterThan(20)
})

function serialisable(claims: unknown): unknown {
  try {
    JSON.stringify(claims)
    return claims
  } catch {
    return {}
  }
}
