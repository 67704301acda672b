import { MAX_LIFETIME_MS, parseDuration } from '../duration.ts'
import { InvalidConfigurationError } from '../errors.ts'
import { type IntegerRange, isIntegerWithin } from '../input.ts'
import { isCookieName, isMetricsToken, isSameSite, problemOfSecret } from '../options/option-guards.ts'
import type { RefreshServerOptions } from '../options/options.ts'
import { isProfileName, PROFILES } from '../options/profiles.ts'
import { MAX_REQUESTS, MAX_SESSIONS, RETENTION_MS, WINDOW_MS } from '../options/resolve-options.ts'
import { isRedisUrl } from '../store/open-store.ts'

export type Environment = Readonly<Record<string, string | undefined>>

type Reader = (text: string, name: string) => RefreshServerOptions

const KNOWN_PREFIXES = /^(?:JWT_|RATE_LIMIT_|SESSION_COOKIE_|AUDIT_RETENTION$|METRICS_TOKEN$|REDIS_URL$)/
const SECOND_MS = 1_000
const MINUTE_MS = 60_000

const READERS: Readonly<Record<string, Reader>> = {
  JWT_SECRET: (text, name) => ({ secret: secret(text, name) }),
  JWT_KEYS_FILE: (text, name) => {
    if (text === '') throw invalid(name, 'is empty; write the name of a file')
    return {}
  },
  JWT_PROFILE: (text, name) => {
    if (!isProfileName(text)) throw invalid(name, `must be one of: ${Object.keys(PROFILES).join(', ')}`)
    return { profile: text }
  },
  JWT_ACCESS_TOKEN_EXPIRY: (text, name) => ({ accessLifetimeMs: lifetime(text, name) }),
  JWT_ACCESS_TOKEN_LIFETIME: (text, name) => ({ accessLifetimeMs: minutes(text, name) }),
  JWT_REFRESH_TOKEN_EXPIRY: (text, name) => ({ refreshLifetimeMs: lifetime(text, name) }),
  JWT_SESSION_EXPIRY: (text, name) => ({ sessionLifetimeMs: lifetime(text, name) }),
  JWT_MAX_CONCURRENT_SESSIONS: (text, name) => ({ maxSessions: integer(text, name, MAX_SESSIONS) }),
  JWT_AUTO_REFRESH_THRESHOLD: (text, name) => ({ autoRefreshThresholdMs: lifetime(text, name) }),
  RATE_LIMIT_WINDOW_MS: (text, name) => ({ rateLimit: { windowMs: integer(text, name, WINDOW_MS) } }),
  RATE_LIMIT_MAX_REQUESTS: (text, name) => ({ rateLimit: { maxRequests: integer(text, name, MAX_REQUESTS) } }),
  SESSION_COOKIE_NAME: (text, name) => ({ cookie: { name: cookieName(text, name) } }),
  SESSION_COOKIE_SAME_SITE: (text, name) => ({ cookie: { sameSite: sameSite(text, name) } }),
  SESSION_COOKIE_SECURE: (text, name) => ({ cookie: { secure: secure(text, name) } }),
  SESSION_COOKIE_HTTP_ONLY: (text, name) => {
    if (text === 'true') return {}
    throw invalid(name, 'can only be true, because scripts must never read tokens; write true, or remove it')
  },
  METRICS_TOKEN: (text, name) => ({ metricsToken: metricsToken(text, name) }),
  AUDIT_RETENTION: (text, name) => ({ auditRetentionMs: retention(text, name) }),
  REDIS_URL: (text, name) => ({ store: redisUrl(text, name) }),
}

export const VARIABLE_NAMES: readonly string[] = Object.keys(READERS)

/**
 * Reads the options that environment variables set: `REDIS_URL`, `AUDIT_RETENTION`, `METRICS_TOKEN`, and all names with the
 * prefix `JWT_`, `RATE_LIMIT_` or `SESSION_COOKIE_`.
 * @throws InvalidConfigurationError naming a variable with such a prefix that is not known, or whose value is invalid
 */
export function readEnvironment(environment: Environment): RefreshServerOptions {
  const { JWT_ACCESS_TOKEN_EXPIRY: expiry, JWT_ACCESS_TOKEN_LIFETIME: alias } = environment
  if (expiry !== undefined && alias !== undefined) {
    throw invalid('JWT_ACCESS_TOKEN_LIFETIME', 'and JWT_ACCESS_TOKEN_EXPIRY set the same option; remove one of them')
  }
  const options: RefreshServerOptions = {}
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || !KNOWN_PREFIXES.test(name)) continue
    const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined
    if (read === undefined) throw invalid(name, `is not known; known variables: ${VARIABLE_NAMES.join(', ')}`)
    const { rateLimit, cookie, ...others } = read(text.trim(), name)
    Object.assign(options, others)
    if (rateLimit) options.rateLimit = { ...options.rateLimit, ...rateLimit }
    if (cookie) options.cookie = { ...options.cookie, ...cookie }
  }
  return options
}

function invalid(name: string, problem: string): InvalidConfigurationError {
  return new InvalidConfigurationError(name, problem)
}

function cookieName(text: string, name: string): string {
  if (isCookieName(text)) return text
  throw invalid(
    name,
    'must be 1 to 64 letters, digits or any of _.- and not the name of another cookie; write for example sid',
  )
}

function sameSite(text: string, name: string): 'strict' | 'lax' {
  const value = text.toLowerCase()
  if (isSameSite(value)) return value
  throw invalid(name, 'must be strict or lax')
}

function secure(text: string, name: string): true | 'auto' {
  if (text === 'true') return true
  if (text === 'auto') return text
  throw invalid(name, 'must be true, or auto for plain http, where browsers reject such cookies')
}

function redisUrl(text: string, name: string): string {
  if (isRedisUrl(text)) return text
  throw invalid(name, 'must be the address of a Redis; write for example redis://127.0.0.1:6379')
}

function secret(text: string, name: string): string {
  const problem = problemOfSecret(text)
  if (problem === undefined) return text
  throw invalid(name, `${problem}; write the output of "openssl rand -base64 48"`)
}

function lifetime(text: string, name: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined && ms >= SECOND_MS && ms <= MAX_LIFETIME_MS) return ms
  throw invalid(name, 'must be a duration from 1s to 400d; write for example 90s, 15m, 2h or 30d')
}

function metricsToken(text: string, name: string): string {
  const problem = problemOfSecret(text) ?? (isMetricsToken(text) ? undefined : 'is not a Bearer token')
  if (problem === undefined) return text
  throw invalid(name, `${problem}; write the output of "openssl rand -hex 32"`)
}

function retention(text: string, name: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined && isIntegerWithin(ms, RETENTION_MS)) return ms
  throw invalid(name, 'must be a duration from 1d to 3653d; write for example 90d')
}

function minutes(text: string, name: string): number {
  return (
    integer(text, name, { min: 1, max: MAX_LIFETIME_MS / MINUTE_MS, what: 'a whole number of minutes' }) * MINUTE_MS
  )
}

function integer(text: string, name: string, range: IntegerRange & { what?: string }): number {
  const { min, max, what = 'a whole number' } = range
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw invalid(name, `must be ${what} from ${min} to ${max}`)
}
