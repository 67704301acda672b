import { DAY_MS, MAX_LIFETIME_MS } from '../duration.ts'
import { InvalidOptionError } from '../errors.ts'
import type { CookieStyle } from '../http/context.ts'
import { type IntegerRange, isIntegerWithin, isJsonObject, type JsonObject } from '../input.ts'
import type { RateLimitSettings } from '../limits/rate-limits.ts'
import { isForeignUrl, isRedisUrl } from '../store/open-store.ts'
import { REUSE_MODES } from '../tokens/rotation.ts'
import { readSigningKey, type SigningKey } from '../tokens/signing-keys.ts'
import { DEMO_USERS, type UserRecord } from '../users/users.ts'
import {
  isBoolean,
  isClock,
  isCookieOptions,
  isLog,
  isMetricsToken,
  isOriginList,
  isReuseMode,
  isSecret,
  isText,
  isUserList,
  MIN_SECRET_BYTES,
} from './option-guards.ts'
import { type CookieOptions, OPTION_NAMES, type RefreshServerOptions, type Settings } from './options.ts'
import { isProfileName, PROFILES, type ProfileName } from './profiles.ts'

const MAX_GRACE_MS = 3_600_000
export const MAX_SESSIONS: IntegerRange = { min: 1, max: 1_000_000 }
const MAX_PROXIES = 10
const RATE_LIMIT = { windowMs: 15 * 60_000, maxRequests: 100 }
/** Windows are kept in whole seconds. */
export const WINDOW_MS: IntegerRange = { min: 1_000, max: 24 * 3_600_000 }
export const MAX_REQUESTS: IntegerRange = { min: 1, max: 1_000_000_000 }
const REQUEST_TIMEOUT_MS: IntegerRange = { min: 100, max: 600_000 }
const AUDIT_RETENTION_MS = 90 * DAY_MS
/** A day to ten years. */
export const RETENTION_MS: IntegerRange = { min: DAY_MS, max: 3_653 * DAY_MS }
const LIFETIME: IntegerRange = { min: 1_000, max: MAX_LIFETIME_MS }

/**
 * Validates the options and adds all defaults.
 * @throws InvalidOptionError naming the first invalid option
 */
export function resolveOptions(options: RefreshServerOptions): Settings {
  const given: JsonObject = { ...options }
  const unknown = Object.keys(given).find((name) => !OPTION_NAMES.has(name))
  if (unknown !== undefined) throw new InvalidOptionError(unknown, 'is not known')

  const now = read(given, 'now', {
    fallback: Date.now,
    accepts: isClock,
    problem: 'must be a function that returns milliseconds',
  })
  if (isText(given.store) && isRedisUrl(given.store) && given.secret === undefined && given.keys === undefined) {
    throw new InvalidOptionError('secret', 'or "keys" is required with Redis, with the same value in every process')
  }
  const profile =
    PROFILES[
      read<ProfileName>(given, 'profile', {
        fallback: 'general-ward',
        accepts: isProfileName,
        problem: `must be one of: ${Object.keys(PROFILES).join(', ')}`,
      })
    ]
  return {
    store: read(given, 'store', {
      fallback: ':memory:',
      accepts: isStore,
      problem: 'must be a file path, the address of a Redis (redis://…), or ":memory:"',
    }),
    policy: {
      rotate: read(given, 'rotate', { fallback: true, accepts: isBoolean, problem: 'must be true or false' }),
      reuse: read(given, 'reuse', {
        fallback: 'replay',
        accepts: isReuseMode,
        problem: `must be one of: ${REUSE_MODES.join(', ')}`,
      }),
      graceMs: readInteger(given, 'graceMs', { fallback: 10_000, range: { min: 0, max: MAX_GRACE_MS } }),
      accessLifetimeMs: readInteger(given, 'accessLifetimeMs', {
        fallback: profile.accessLifetimeMs,
        range: LIFETIME,
      }),
      refreshLifetimeMs: readInteger(given, 'refreshLifetimeMs', {
        fallback: profile.refreshLifetimeMs,
        range: LIFETIME,
      }),
      sessionLifetimeMs: readInteger(given, 'sessionLifetimeMs', {
        fallback: profile.sessionLifetimeMs,
        range: LIFETIME,
      }),
      autoRefreshThresholdMs:
        given.autoRefreshThresholdMs === undefined
          ? undefined
          : readInteger(given, 'autoRefreshThresholdMs', { fallback: 0, range: { min: 0, max: MAX_LIFETIME_MS } }),
      maxSessions: readInteger(given, 'maxSessions', { fallback: 10, range: MAX_SESSIONS }),
    },
    secret: read(given, 'secret', {
      fallback: undefined,
      accepts: isSecret,
      problem: `must be a string of at least ${MIN_SECRET_BYTES} bytes`,
    }),
    keys: given.keys === undefined ? [] : resolveKeys(given.keys),
    rateLimit: readRateLimit(given),
    trustedProxies: readInteger(given, 'trustedProxies', { fallback: 0, range: { min: 0, max: MAX_PROXIES } }),
    cookie: toCookieStyle(
      read(given, 'cookie', {
        fallback: {},
        accepts: isCookieOptions,
        problem: 'must be { name, sameSite, secure } with a cookie name, "strict" or "lax", and true or "auto"',
      }),
    ),
    requestTimeoutMs: readInteger(given, 'requestTimeoutMs', { fallback: 15_000, range: REQUEST_TIMEOUT_MS }),
    metricsToken: read(given, 'metricsToken', {
      fallback: undefined,
      accepts: isMetricsToken,
      problem: `must be at least ${MIN_SECRET_BYTES} letters, digits or any of -._~+/`,
    }),
    auditRetentionMs: readInteger(given, 'auditRetentionMs', {
      fallback: AUDIT_RETENTION_MS,
      range: RETENTION_MS,
    }),
    qa: read(given, 'qa', { fallback: false, accepts: isBoolean, problem: 'must be true or false' }),
    users: readUsers(given),
    allowedOrigins: read(given, 'allowedOrigins', {
      fallback: [],
      accepts: isOriginList,
      problem: 'must be a list of origins like "https://ward.example:8443", without a path',
    }),
    now: () => Math.floor(now()),
    log: read(given, 'log', { fallback: () => {}, accepts: isLog, problem: 'must be a function that takes a line' }),
  }
}

interface Rule<T> {
  fallback: T
  accepts: (value: unknown) => value is T
  problem: string
}

function read<T>(given: JsonObject, name: keyof RefreshServerOptions, { fallback, accepts, problem }: Rule<T>): T {
  const value = given[name]
  if (value === undefined) return fallback
  if (!accepts(value)) throw new InvalidOptionError(name, problem)
  return value
}

function readInteger(
  given: JsonObject,
  name: keyof RefreshServerOptions,
  { fallback, range }: { fallback: number; range: IntegerRange },
): number {
  const accepts = (value: unknown): value is number => isIntegerWithin(value, range)
  return read(given, name, { fallback, accepts, problem: `must be an integer from ${range.min} to ${range.max}` })
}

/**
 * Reads the keys of the access tokens.
 * @throws InvalidOptionError naming `keys`
 */
export function resolveKeys(given: unknown): readonly SigningKey[] {
  if (!Array.isArray(given) || given.length === 0 || !given.every(isJsonObject)) {
    throw new InvalidOptionError('keys', 'must be a list of JWKs')
  }
  const keys = given.map((jwk, index) => {
    const key = readSigningKey({ ...jwk })
    if (typeof key === 'string') throw new InvalidOptionError('keys', `[${index}] ${key}`)
    return key
  })
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    throw new InvalidOptionError('keys', 'contains a "kid" twice')
  return keys
}

function toCookieStyle({ name = 'refresh_token', sameSite, secure }: CookieOptions): CookieStyle {
  return { name, sameSite: sameSite === 'lax' ? 'Lax' : 'Strict', secure: secure === true }
}

function readRateLimit(given: JsonObject): RateLimitSettings | undefined {
  const { rateLimit } = given
  if (rateLimit === false) return undefined
  const { windowMs = RATE_LIMIT.windowMs, maxRequests = RATE_LIMIT.maxRequests } = isJsonObject(rateLimit)
    ? rateLimit
    : {}
  const isKnown =
    rateLimit === undefined ||
    (isJsonObject(rateLimit) && Object.keys(rateLimit).every((name) => Object.hasOwn(RATE_LIMIT, name)))
  if (isKnown && isIntegerWithin(windowMs, WINDOW_MS) && isIntegerWithin(maxRequests, MAX_REQUESTS)) {
    return { windowMs, maxRequests }
  }
  const ranges = `windowMs from ${WINDOW_MS.min} to ${WINDOW_MS.max} and maxRequests from 1 to ${MAX_REQUESTS.max}`
  throw new InvalidOptionError('rateLimit', `must be false or { windowMs, maxRequests }, with ${ranges}`)
}

function readUsers(given: JsonObject): readonly UserRecord[] {
  const users = read(given, 'users', {
    fallback: DEMO_USERS,
    accepts: isUserList,
    problem: 'must be a list of { username, name, roles, passwordHash }, with hashes from hashPassword()',
  })
  const names = new Set(users.map((user) => user.username))
  if (names.size < users.length) throw new InvalidOptionError('users', 'contains the same username twice')
  return users
}

const isStore = (value: unknown): value is string => isText(value) && !isForeignUrl(value)
