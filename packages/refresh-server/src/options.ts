import { InvalidOptionError } from './errors.ts'
import { type IntegerRange, isIntegerWithin, type JsonObject } from './input.ts'
import { MAX_LIFETIME_MS } from './lifetimes.ts'
import {
  isBoolean,
  isClock,
  isLog,
  isOriginList,
  isReuseMode,
  isSecret,
  isText,
  isUserList,
  MIN_SECRET_BYTES,
} from './option-guards.ts'
import { isRedisUrl } from './store/redis-url.ts'
import type { TokenPolicy } from './tokens/policy.ts'
import { REUSE_MODES, type ReuseMode } from './tokens/rotation.ts'
import { DEMO_USERS, type UserRecord } from './users/users.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const MAX_SESSIONS: IntegerRange = { min: 1, max: 1_000_000 }
const LIFETIME: IntegerRange = { min: 1_000, max: MAX_LIFETIME_MS }

export interface RefreshServerOptions {
  /**
   * A database file; the address of a Redis (`redis:` or `rediss:`), for several processes or machines; or `:memory:`,
   * the default: everything is forgotten when the server closes.
   */
  store?: string | undefined
  /** Whether each refresh gives a new refresh token, or the same one stays good until it expires; `true`. */
  rotate?: boolean | undefined
  /** What happens when a spent refresh token comes again; `replay`. */
  reuse?: ReuseMode | undefined
  /** With `reuse: 'grace'`: how long after its first use a refresh token is still answered; 10,000. */
  graceMs?: number | undefined
  /** 900,000 (15 minutes). */
  accessLifetimeMs?: number | undefined
  /** How long a refresh token lasts unless it is used; 43,200,000 (12 hours). */
  refreshLifetimeMs?: number | undefined
  /** How long a session lasts whatever is refreshed; 43,200,000 (12 hours). */
  sessionLifetimeMs?: number | undefined
  /**
   * How long before its expiry an access token counts as one that needs a refresh, at most half its lifetime; 2/15 of
   * its lifetime.
   */
  autoRefreshThresholdMs?: number | undefined
  /** How many sessions of one user may live at once; one more ends the oldest; 10. */
  maxSessions?: number | undefined
  /**
   * Signs the access tokens; at least 32 bytes. Random by default, so that access tokens end with the server; with Redis
   * it must be given, the same to every process.
   */
  secret?: string | undefined
  /** Opens the `/qa` endpoints, for testing, to this machine only; `false`. */
  qa?: boolean | undefined
  /** Who may sign in; two clinicians, an administrator and a QA user for demonstrations by default. */
  users?: readonly UserRecord[] | undefined
  /** Origins whose pages may call from elsewhere (CORS); none by default. */
  allowedOrigins?: readonly string[] | undefined
  /** Epoch milliseconds; `Date.now`. */
  now?: (() => number) | undefined
  /** Takes log lines, which never hold a token; nothing is logged by default. */
  log?: ((line: string) => void) | undefined
}

/** The options with every default in them. */
export interface Settings {
  store: string
  policy: TokenPolicy
  secret: string | undefined
  qa: boolean
  users: readonly UserRecord[]
  allowedOrigins: readonly string[]
  now: () => number
  log: (line: string) => void
}

export const OPTION_NAMES: ReadonlySet<string> = new Set<keyof RefreshServerOptions>([
  'store',
  'rotate',
  'reuse',
  'graceMs',
  'accessLifetimeMs',
  'refreshLifetimeMs',
  'sessionLifetimeMs',
  'autoRefreshThresholdMs',
  'maxSessions',
  'secret',
  'qa',
  'users',
  'allowedOrigins',
  'now',
  'log',
])

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
  if (isText(given.store) && isRedisUrl(given.store) && given.secret === undefined) {
    throw new InvalidOptionError('secret', 'must be given with Redis, the same to every process')
  }
  return {
    store: read(given, 'store', {
      otherwise: ':memory:',
      accepts: isText,
      needs: 'must be a file path, the address of a Redis, or ":memory:"',
    }),
    policy: {
      rotate: read(given, 'rotate', { otherwise: true, accepts: isBoolean, needs: 'must be true or false' }),
      reuse: read(given, 'reuse', {
        otherwise: 'replay',
        accepts: isReuseMode,
        needs: `must be one of: ${REUSE_MODES.join(', ')}`,
      }),
      graceMs: readInteger(given, 'graceMs', { otherwise: 10_000, range: { min: 0, max: HOUR_MS } }),
      accessLifetimeMs: readInteger(given, 'accessLifetimeMs', { otherwise: 15 * MINUTE_MS, range: LIFETIME }),
      refreshLifetimeMs: readInteger(given, 'refreshLifetimeMs', { otherwise: 12 * HOUR_MS, range: LIFETIME }),
      sessionLifetimeMs: readInteger(given, 'sessionLifetimeMs', { otherwise: 12 * HOUR_MS, range: LIFETIME }),
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
