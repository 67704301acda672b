import type { JWK } from 'jose'
import type { CookieStyle } from '../http/context.ts'
import type { RateLimitSettings } from '../limits/rate-limits.ts'
import type { TokenPolicy } from '../tokens/policy.ts'
import type { ReuseMode } from '../tokens/rotation.ts'
import type { SigningKey } from '../tokens/signing-keys.ts'
import type { UserRecord } from '../users/users.ts'
import type { ProfileName } from './profiles.ts'

/** How the cookies of the endpoints under `/auth/cookie` are set. */
export interface CookieOptions {
  /**
   * Name of the refresh token's cookie, 1 to 64 letters, digits, `_`, `.` or `-`. Over https it gets the prefix `__Host-`.
   * Default `refresh_token`.
   */
  name?: string
  /** Default `strict`. */
  sameSite?: 'strict' | 'lax'
  /**
   * `true` always sets `Secure` and the prefix `__Host-`; `'auto'` sets them over https only. Default `'auto'`.
   * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3
   */
  secure?: true | 'auto'
}

/** Options of {@link createRefreshServer}. Durations are in milliseconds. */
export interface RefreshServerOptions {
  /**
   * A database file, the address of a Redis (`redis:` or `rediss:`) for several processes or machines, or `:memory:`, which
   * loses everything when the server closes. Default `:memory:`.
   */
  store?: string | undefined
  /** Whether each refresh gives a new refresh token. Otherwise the same token stays valid until it expires. Default `true`. */
  rotate?: boolean | undefined
  /** What happens when a spent refresh token is presented again. Default `replay`. */
  reuse?: ReuseMode | undefined
  /** With `reuse: 'grace'`: how long after its first use a refresh token is still accepted. Default 10,000, at most an hour. */
  graceMs?: number | undefined
  /** A set of lifetimes. Each of the next three options overrides one of them. Default `general-ward`. */
  profile?: ProfileName | undefined
  /** Lifetime of access tokens, 1 second to 400 days. Default 900,000 (15 minutes). */
  accessLifetimeMs?: number | undefined
  /** Lifetime of a refresh token that is not used, 1 second to 400 days. Default 43,200,000 (12 hours). */
  refreshLifetimeMs?: number | undefined
  /** The longest duration of a session, 1 second to 400 days. Default 43,200,000 (12 hours). */
  sessionLifetimeMs?: number | undefined
  /**
   * How long before its expiry an access token needs a refresh, for `validate` and `auto-refresh`. Default 2/15 of its
   * lifetime, at most half of it.
   */
  autoRefreshThresholdMs?: number | undefined
  /** How many sessions a user may have at the same time. One more ends the oldest session. Default 10. */
  maxSessions?: number | undefined
  /**
   * The secret that signs access tokens with HS256, at least 32 bytes. Default: a random secret, so a restart ends all access
   * tokens. With Redis, `secret` or `keys` is required, with the same value in every process.
   * @see https://www.rfc-editor.org/rfc/rfc7518#section-3.2
   */
  secret?: string | undefined
  /**
   * How many requests one session, or one address without a session, may make in a window. `false` turns limits off. Default
   * 100 requests in 900,000 ms (15 minutes).
   */
  rateLimit?: Partial<RateLimitSettings> | false | undefined
  /** How many proxies in front append to `X-Forwarded-For`, at most 10. With 0 the header is ignored. Default 0. */
  trustedProxies?: number | undefined
  /** How the cookies of the endpoints under `/auth/cookie` are set. */
  cookie?: CookieOptions | undefined
  /** How long a whole request, including its body, may take to arrive at `listen()`, 100 to 600,000. Default 15,000. */
  requestTimeoutMs?: number | undefined
  /**
   * Private or secret keys for access tokens, each with `kid` and `alg` (`HS256`, `RS256` or `ES256`). The first key signs, all
   * keys verify. Tokens that `secret` signed stay valid. Default: none.
   * @see https://www.rfc-editor.org/rfc/rfc7517
   */
  keys?: readonly JWK[] | undefined
  /**
   * The Bearer token for `GET /metrics`, at least 32 bytes. Without a token there are metrics only in the QA mode. Default:
   * none.
   */
  metricsToken?: string | undefined
  /** How long entries of the audit trail are kept, a day to ten years. Default 7,776,000,000 (90 days). */
  auditRetentionMs?: number | undefined
  /** Opens the `/qa` endpoints for tests, to this machine only. Default `false`. */
  qa?: boolean | undefined
  /** The users who may sign in. Default {@link DEMO_USERS}. */
  users?: readonly UserRecord[] | undefined
  /** Origins whose pages may call this server from another origin (CORS). Default: none. */
  allowedOrigins?: readonly string[] | undefined
  /** Gives the current time in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined
  /** Receives log lines, which never contain a token. Default: nothing is logged. */
  log?: ((line: string) => void) | undefined
}

/** The validated options with all defaults. */
export interface Settings {
  store: string
  policy: TokenPolicy
  secret: string | undefined
  /** The first key signs. Without keys, `secret` or a random secret signs. */
  keys: readonly SigningKey[]
  /** Undefined without limits. */
  rateLimit: RateLimitSettings | undefined
  trustedProxies: number
  cookie: CookieStyle
  requestTimeoutMs: number
  metricsToken: string | undefined
  auditRetentionMs: number
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
  'profile',
  'accessLifetimeMs',
  'refreshLifetimeMs',
  'sessionLifetimeMs',
  'autoRefreshThresholdMs',
  'maxSessions',
  'secret',
  'keys',
  'rateLimit',
  'trustedProxies',
  'cookie',
  'requestTimeoutMs',
  'metricsToken',
  'auditRetentionMs',
  'qa',
  'users',
  'allowedOrigins',
  'now',
  'log',
])
