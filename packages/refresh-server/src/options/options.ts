import type { JWK } from 'jose'
import type { CookieStyle } from '../http/context.ts'
import type { RateLimitSettings } from '../limits/rate-limits.ts'
import type { TokenPolicy } from '../tokens/policy.ts'
import type { ReuseMode } from '../tokens/rotation.ts'
import type { SigningKey } from '../tokens/signing-keys.ts'
import type { UserRecord } from '../users/users.ts'
import type { ProfileName } from './profiles.ts'

export interface CookieOptions {
  /** Of the refresh token's cookie, over https with `__Host-` before it; `refresh_token`. */
  name?: string
  /** `strict`. */
  sameSite?: 'strict' | 'lax'
  /** `true`: always `Secure` with the prefix `__Host-`; `'auto'`, the default: over https only. */
  secure?: true | 'auto'
}

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
  /** The lifetimes that suit a kind of place, each of which the next three may replace; `general-ward`. */
  profile?: ProfileName | undefined
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
  /**
   * How much one session, or one address without a session, may do in a window; `false` for no limits. 100 requests in
   * 900,000 ms (15 minutes).
   */
  rateLimit?: Partial<RateLimitSettings> | false | undefined
  /** How many proxies in front add what they saw to `X-Forwarded-For`; 0, the header then counts for nothing. */
  trustedProxies?: number | undefined
  /** How the cookies of the cookie flavour look. */
  cookie?: CookieOptions | undefined
  /** How long the whole of a request, body included, may take to arrive with `listen()`; 15,000. */
  requestTimeoutMs?: number | undefined
  /**
   * Private or secret keys (RFC 7517), each with `kid` and `alg` `HS256`, `RS256` or `ES256`: the first signs, all check
   * the access tokens. What `secret` signed stays good beside them.
   */
  keys?: readonly JWK[] | undefined
  /** What `GET /metrics` needs as a Bearer token; at least 32 bytes. Without one there are no metrics but with `qa`. */
  metricsToken?: string | undefined
  /** How long the audit trail is kept; 7,776,000,000 (90 days). */
  auditRetentionMs?: number | undefined
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
  /** The first signs; without any `secret` does, or a random one. */
  keys: readonly SigningKey[]
  /** None where there are no limits. */
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
