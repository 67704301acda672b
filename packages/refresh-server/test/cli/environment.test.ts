import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { text } from '../../../../test/support/junk.ts'
import { readEnvironment, VARIABLE_NAMES } from '../../src/cli/environment.ts'
import { InvalidConfigurationError } from '../../src/index.ts'
import { resolveOptions } from '../../src/options/resolve-options.ts'

const SECRET = 'VG8gYmUsIG9yIG5vdCB0byBiZTogdGhhdCBpcyBhIHF1ZXN0aW9u'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

it('sets every option that has a variable', () => {
  expect(
    readEnvironment({
      REDIS_URL: 'redis://127.0.0.1:6379',
      JWT_SECRET: SECRET,
      JWT_PROFILE: 'icu',
      JWT_ACCESS_TOKEN_EXPIRY: '2h',
      JWT_REFRESH_TOKEN_EXPIRY: '30d',
      JWT_SESSION_EXPIRY: '90d',
      JWT_MAX_CONCURRENT_SESSIONS: '3',
      JWT_AUTO_REFRESH_THRESHOLD: '5m',
      SESSION_COOKIE_NAME: 'sid',
      SESSION_COOKIE_SAME_SITE: 'Lax',
      SESSION_COOKIE_SECURE: 'true',
      SESSION_COOKIE_HTTP_ONLY: 'true',
      RATE_LIMIT_WINDOW_MS: '60000',
      RATE_LIMIT_MAX_REQUESTS: '20',
      AUDIT_RETENTION: '2190d',
      METRICS_TOKEN: SECRET,
    }),
  ).toEqual({
    store: 'redis://127.0.0.1:6379',
    auditRetentionMs: 2_190 * DAY_MS,
    metricsToken: SECRET,
    secret: SECRET,
    profile: 'icu',
    accessLifetimeMs: 2 * HOUR_MS,
    refreshLifetimeMs: 30 * DAY_MS,
    sessionLifetimeMs: 90 * DAY_MS,
    maxSessions: 3,
    autoRefreshThresholdMs: 300_000,
    rateLimit: { windowMs: 60_000, maxRequests: 20 },
    cookie: { name: 'sid', sameSite: 'lax', secure: true },
  })
})

it('takes JWT_ACCESS_TOKEN_LIFETIME in minutes', () => {
  expect(readEnvironment({ JWT_ACCESS_TOKEN_LIFETIME: '20' })).toEqual({ accessLifetimeMs: 1_200_000 })
})

it('ignores other variables, and sets nothing for missing ones', () => {
  expect(
    readEnvironment({ HOME: '/root', MY_REDIS_URL: 'x', REDIS_URLS: 'x', MY_JWT_SECRET: 'x', JWT_SECRET: undefined }),
  ).toEqual({})
})

describe('an invalid variable', () => {
  it.each([
    ['REDIS_URL', 'localhost:6379', 'must be the address of a Redis; write for example redis://127.0.0.1:6379'],
    ['JWT_SECRET', '', 'is empty'],
    ['JWT_SECRET', 'short', 'is weak: it has fewer than 32 bytes'],
    ['JWT_SECRET', 'a'.repeat(64), 'is weak: it has fewer than 10 different characters'],
    ['JWT_SECRET', 'your-super-secret-jwt-key-change-in-production', 'is weak: it looks like the placeholder'],
    ['JWT_SECRET', 'short', 'write the output of "openssl rand -base64 48"'],
    ['JWT_KEYS_FILE', '', 'is empty; write the name of a file'],
    ['JWT_PROFILE', 'hospital', 'must be one of: icu, general-ward, '],
    ['JWT_PROFILE', 'toString', 'must be one of: icu, general-ward, '],
    ['JWT_ACCESS_TOKEN_EXPIRY', '900', 'write for example 90s, 15m, 2h or 30d'],
    ['JWT_ACCESS_TOKEN_EXPIRY', '0s', 'must be a duration from 1s to 400d'],
    ['JWT_ACCESS_TOKEN_EXPIRY', '401d', 'must be a duration from 1s to 400d'],
    ['JWT_ACCESS_TOKEN_LIFETIME', '15m', 'must be a whole number of minutes from 1 to 576000'],
    ['JWT_REFRESH_TOKEN_EXPIRY', '-1d', 'must be a duration'],
    ['JWT_SESSION_EXPIRY', '', 'must be a duration'],
    ['JWT_MAX_CONCURRENT_SESSIONS', '0', 'must be a whole number from 1 to 1000000'],
    ['JWT_MAX_CONCURRENT_SESSIONS', 'ten', 'must be a whole number'],
    ['JWT_AUTO_REFRESH_THRESHOLD', '5', 'must be a duration'],
    ['AUDIT_RETENTION', '90', 'must be a duration from 1d to 3653d; write for example 90d'],
    ['AUDIT_RETENTION', '23h', 'must be a duration from 1d to 3653d'],
    ['AUDIT_RETENTION', '3654d', 'must be a duration from 1d to 3653d'],
    ['METRICS_TOKEN', 'short', 'is weak: it has fewer than 32 bytes; write the output of "openssl rand -hex 32"'],
    ['METRICS_TOKEN', 'two words 0123456789 0123456789 abcdef', 'is not a Bearer token; write the'],
    ['JWT_SECRT', SECRET, 'is not known; known variables: JWT_SECRET, '],
    ['JWT_toString', 'x', 'is not known'],
    ['RATE_LIMIT_WINDOW_MS', '15m', 'must be a whole number from 1000 to 86400000'],
    ['RATE_LIMIT_WINDOW_MS', '999', 'must be a whole number from 1000 to 86400000'],
    ['RATE_LIMIT_MAX_REQUESTS', '0', 'must be a whole number from 1 '],
    ['RATE_LIMIT_MAX', '5', 'is not known'],
    ['SESSION_COOKIE_NAME', 'a b', 'write for example sid'],
    ['SESSION_COOKIE_SAME_SITE', 'none', 'must be strict or lax'],
    ['SESSION_COOKIE_SECURE', 'false', 'must be true, or auto'],
    ['SESSION_COOKIE_HTTP_ONLY', 'false', 'can only be true'],
    ['SESSION_COOKIE_COLOUR', 'red', 'is not known'],
  ])('%s=%s is named, with what to write', (name, text, problem) => {
    const read = () => readEnvironment({ [name]: text })
    expect(read).toThrow(InvalidConfigurationError)
    expect(read).toThrow(expect.objectContaining({ setting: name }))
    expect(read).toThrow(`refresh server: ${name} `)
    expect(read).toThrow(problem)
  })

  it('is not quoted in the message if it may be a secret', () => {
    expect(() => readEnvironment({ JWT_SECRET: 'hunter2' })).not.toThrow(/hunter2/)
  })

  it('is named if another variable sets the same option', () => {
    const both = { JWT_ACCESS_TOKEN_EXPIRY: '2h', JWT_ACCESS_TOKEN_LIFETIME: '15' }
    expect(() => readEnvironment(both)).toThrow(
      'JWT_ACCESS_TOKEN_LIFETIME and JWT_ACCESS_TOKEN_EXPIRY set the same option',
    )
  })
})

it('any values give options that the server accepts, or one clear error', {
  timeout: FUZZ_TIMEOUT_MS,
}, () => {
  // Redis also needs a secret, which this test does not set.
  const names = VARIABLE_NAMES.filter((name) => name !== 'REDIS_URL')
  const known = fc.constantFrom(...names)
  const name = fc.oneof({ weight: 30, arbitrary: known }, { weight: 1, arbitrary: fc.constantFrom('JWT_', 'HOME') })
  const written = fc.oneof(
    text,
    fc.nat().map(String),
    fc.tuple(fc.nat({ max: 1_000 }), fc.constantFrom('s', 'm', 'h', 'd', 'ms', '')).map((parts) => parts.join('')),
    fc.constantFrom(SECRET, 'icu', 'true', 'web-app', 'auto', 'lax', ' sid '),
  )
  let taken = 0
  fuzz(fc.dictionary(name, written, { maxKeys: 4 }), (environment) => {
    let options: ReturnType<typeof readEnvironment>
    try {
      options = readEnvironment(environment)
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidConfigurationError)
      expect(String(error)).not.toContain('\n')
      return
    }
    taken++
    expect(() => resolveOptions(options)).not.toThrow()
  })
  expect(taken).toBeGreaterThan(100)
})
