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
/** Limits of a Redis are kept in seconds. */
export const WINDOW_MS: IntegerRange = { min: 1_000, max: 24 * 3_600_000 }
export const MAX_REQUESTS: IntegerRange = { min: 1, max: 1_000_000_000 }
const REQUEST_TIMEOUT_MS: IntegerRange = { min: 100, max: 600_000 }
const AUDIT_RETENTION_MS = 90 * DAY_MS
/** A day to ten years. */
export const RETENTION_MS: IntegerRange = { min: DAY_MS, max: 3_653 * DAY_MS }
const LIFETIME: IntegerRange = { min: 1_000, max: MAX_LIFETIME_MS }

/** @throws InvalidOptionError naming the first option that is wrong */
export function resolveOptions(options: RefreshServerOptions): Settings {
  const given: JsonObject = { ...options }
  const unknown = Object.keys(given).find((name) => !OPTION_NAMES.has(name))
  if (unknown !== undefined) throw new InvalidOptionError(unknown, 'is not known')

  const now = read(given, 'now', {
    otherwise: Date.now,
    accepts: isClock,
    needs: 'must be a function that gives milliseconds',
  })
  if (isText(given.store) && isRedisUrl(given.store) && given.secret === undefined && given.keys === undefined) {
    throw new InvalidOptionError('secret', 'must be given with Redis, or "keys", the same to every process')
  }
  const profile =
    PROFILES[
      read<ProfileName>(given, 'profile', {
        otherwise: 'general-ward',
        accepts: isProfileName,
        needs: `must be one of: ${Object.keys(PROFILES).join(', ')}`,
      })
    ]
  return {
    store: read(given, 'store', {
      otherwise: ':memory:',
      accepts: isStore,
      needs: 'must be a file path, the address of a Redis (redis://…), or ":memory:"',
    }),
    policy: {
      rotate: read(given, 'rotate', { otherwise: true, accepts: isBoolean, needs: 'must be true or false' }),
      reuse: read(given, 'reuse', {
        otherwise: 'replay',
        accepts: isReuseMode,
        needs: `must be one of: ${REUSE_MODES.join(', ')}`,
      }),
      graceMs: readInteger(given, 'graceMs', { otherwise: 10_000, range: { min: 0, max: MAX_GRACE_MS } }),
      accessLifetimeMs: readInteger(given, 'accessLifetimeMs', {
        otherwise: profile.accessLifetimeMs,
        range: LIFETIME,
      }),
      refreshLifetimeMs: readInteger(given, 'refreshLifetimeMs', {
        otherwise: profile.refreshLifetimeMs,
        range: LIFETIME,
      }),
      sessionLifetimeMs: readInteger(given, 'sessionLifetimeMs', {
        otherwise: profile.sessionLifetimeMs,
        range: LIFETIME,
      }),
      autoRefreshThresholdMs:
        given.autoRefreshThresholdMs === undefined
          ? undefined
          : readInteger(given, 'autoRefreshThresholdMs', { otherwise: 0, range: { min: 0, max: MAX_LIFETIME_MS } }),
      maxSessions: readInteger(given, 'maxSessions', { otherwise: 10, range: MAX_SESSIONS }),
    },
    secret: read(given, 'secret', {
      otherwise: undefined,
      accepts: isSecret,
      needs: `must be a string of at least ${MIN_SECRET_BYTES} bytes`,
    }),
    keys: given.keys === undefined ? [] : resolveKeys(given.keys),
    rateLimit: readRateLimit(given),
    trustedProxies: readInteger(given, 'trustedProxies', { otherwise: 0, range: { min: 0, max: MAX_PROXIES } }),
    cookie: toCookieStyle(
      read(given, 'cookie', {
        otherwise: {},
        accepts: isCookieOptions,
        needs: 'must be { name, sameSite, secure } with a cookie name, "strict" or "lax", and true or "auto"',
      }),
    ),
    requestTimeoutMs: readInteger(given, 'requestTimeoutMs', { otherwise: 15_000, range: REQUEST_TIMEOUT_MS }),
    metricsToken: read(given, 'metricsToken', {
      otherwise: undefined,
      accepts: isMetricsToken,
      needs: `must be at least ${MIN_SECRET_BYTES} letters, digits or any of -._~+/`,
    }),
    auditRetentionMs: readInteger(given, 'auditRetentionMs', {
      otherwise: AUDIT_RETENTION_MS,
      range: RETENTION_MS,
    }),
    qa: read(given, 'qa', { otherwise: false, accepts: isBoolean, needs: 'must be true or false' }),
    users: readUsers(given),
    allowedOrigins: read(given, 'allowedOrigins', {
      otherwise: [],
      accepts: isOriginList,
      needs: 'must be a list of origins like "https://ward.example:8443", without a path',
    }),
    now: () => Math.floor(now()),
    log: read(given, 'log', { otherwise: () => {}, accepts: isLog, needs: 'must be a function that takes a line' }),
  }
}

interface Rule<T> {
  otherwise: T
  accepts: (value: unknown) => value is T
  needs: string
}

function read<T>(given: JsonObject, name: keyof RefreshServerOptions, { otherwise, accepts, needs }: Rule<T>): T {
  const value = given[name]
  if (value === undefined) return otherwise
  if (!accepts(value)) throw new InvalidOptionError(name, needs)
  return value
}

function readInteger(
  given: JsonObject,
  name: keyof RefreshServerOptions,
  { otherwise, range }: { otherwise: number; range: IntegerRange },
): number {
  const accepts = (value: unknown): value is number => isIntegerWithin(value, range)
  return read(given, name, { otherwise, accepts, needs: `must be an integer from ${range.min} to ${range.max}` })
}

/** @throws InvalidOptionError naming `keys` */
export function resolveKeys(given: unknown): readonly SigningKey[] {
  if (!Array.isArray(given) || given.length === 0 || !given.every(isJsonObject)) {
    throw new InvalidOptionError('keys', 'must be a list of JWKs')
  }
  const keys = given.map((jwk, index) => {
    const key = readSigningKey({ ...jwk })
    if (typeof key === 'string') throw new InvalidOptionError('keys', `[${index}] ${key}`)
    return key
  })
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new InvalidOptionError('keys', 'has a "kid" twice')
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
  const needed = `windowMs from ${WINDOW_MS.min} to ${WINDOW_MS.max} and maxRequests from 1 to ${MAX_REQUESTS.max}`
  throw new InvalidOptionError('rateLimit', `must be false or { windowMs, maxRequests }, with ${needed}`)
}

function readUsers(given: JsonObject): readonly UserRecord[] {
  const users = read(given, 'users', {
    otherwise: DEMO_USERS,
    accepts: isUserList,
    needs: 'must be a list of { username, name, roles, passwordHash }, with hashes made by hashPassword()',
  })
  const names = new Set(users.map((user) => user.username))
  if (names.size < users.length) throw new InvalidOptionError('users', 'holds the same username twice')
  return users
}

const isStore = (value: unknown): value is string => isText(value) && !isForeignUrl(value)
