/** Why a call on the token manager failed. */
export type ErrorCode =
  | 'signed_out'
  | 'identity_changed'
  | 'refresh_unavailable'
  | 'queue_full'
  | 'invalid_response'
  | 'invalid_option'
  | 'store_failed'
  | 'disposed'

/** What a token endpoint granted, in the SDK's own words. Lifetimes count from the moment the request was sent. */
export interface TokenSet {
  /** Absent where the access token is an HttpOnly cookie. */
  accessToken?: string
  /** 0 where it has expired, in what begins a session: that is refreshed at once. */
  accessLifetimeMs: number
  /** Absent where it is a cookie, or where the endpoint keeps the old one. */
  refreshToken?: string
  refreshLifetimeMs?: number
  subject?: string
  /** What the server calls the session. No secret. */
  sessionId?: string
  claims?: Record<string, unknown>
  /**
   * By the endpoint's clock, in epoch milliseconds, where its tokens tell instants: when the access token expires, and the
   * latest instant that the answer tells. It keeps a token that was old when it came from being used for too long.
   * `isDated`: that is when the answer was made, not a token in it.
   */
  serverTime?: { expiresAt: number; now?: number; isDated?: boolean }
}

/**
 * What a refresh endpoint answered. `error` is a short token-free word. `refreshToken`: the new one, in an answer that is of
 * no use otherwise. The one that was sent may be spent.
 */
export type RefreshOutcome =
  | { kind: 'tokens'; tokens: TokenSet }
  | { kind: 'rejected'; error: string }
  | { kind: 'unavailable'; error: string; retryAfterMs?: number; refreshToken?: string }

/** What the rules need to know of a refresh endpoint. */
export interface Endpoint {
  readonly refreshTokenIn: 'body' | 'cookie'
  readonly accessTokenIn: 'header' | 'cookie'
  /** The endpoint answers a repeated Idempotency-Key with the same successor. */
  readonly idempotentRefresh: boolean
  /** A revocation ends the session that it names and no other, whatever cookie comes with it. Default false. */
  readonly namedRevocation?: boolean
}

/** What ended a session, or why there never was one. */
export type SignOutReason = 'no-session' | 'user' | 'refresh-rejected' | 'refresh-expired' | 'idle' | 'session-limit'

/** The end of a session: kept in the ledger as a tombstone, so that nothing brings the session back. */
export interface SessionEnd {
  reason: Exclude<SignOutReason, 'no-session'>
  at: number
  /** The generation that ended. A rejected refresh ends only this one: a newer generation lives on. */
  generation: number
}

/** What the answers that brought access tokens have told of the endpoint's clock, which the device's need not agree with. */
export interface ServerClock {
  /** The generation that was granted then. */
  generation: number
  /** What it showed at least, in epoch milliseconds, at the instant `at` of page time. */
  time: number
  at: number
  /** When that generation's access token expires by it. */
  exp: number
  /** The longest that an access token had left when it came, by the answers that told the time; 0 if none did. */
  lifetimeMs: number
}

/**
 * The secret half of a session's replica: one generation of its tokens. `epoch` and `sid` are drawn at sign-in,
 * `generation` grows by one at each refresh. Instants are in page time (see `Clock.now`), but for `committedAt`,
 * which only ever serves as an order.
 */
export interface Session {
  epoch: number
  sid: string
  generation: number
  /** Wall clock of the tab that committed this generation; with `commitId` it orders two successors of one token. */
  committedAt: number
  /** The idempotency key of the refresh that produced this generation; of the sign-in, a random one. */
  commitId: string
  signedInAt: number
  /** As they were known when this generation was committed: where the ledger was lost, limits count on from here. */
  activities: number
  lastActivityAt: number
  sessionId?: string
  subject?: string
  claims?: Record<string, unknown>
  accessToken?: string
  accessIssuedAt: number
  accessExpiresAt: number
  /** When the next refresh is due, jitter included, so that all tabs agree on it. */
  refreshAt: number
  refreshToken?: string
  refreshExpiresAt?: number
  serverClock?: ServerClock
}

/** A refresh that was sent, or is about to be, as the ledger remembers it. */
export interface Attempt {
  /** Idempotency key; the same for every attempt at one generation. */
  key: string
  /** The generation whose refresh token it spends. */
  generation: number
  /** The tab that sent it. */
  by: string
  /** Counts the attempts at this generation: their order, which no clock can tell across pages. */
  number: number
  startedAt: number
  /** Until then the outcome may still be open; when it is known, the instant at which it became known. */
  expiresAt: number
  /** How many attempts at this generation failed for a passing reason. */
  failures: number
  /** What the endpoint's marker said when it was sent; see `RefreshTransport.marker`. */
  marker?: string
  /** It was sent while the outcome of the one before was open, which may still be on its way to the endpoint. */
  repeats?: boolean
  /** When the next attempt is due. */
  retryAt?: number
  /** How many tokens in a row expired as soon as they came, see `session/brake.ts`. */
  short?: number
  /** The endpoint asked not to be called before (`Retry-After`), or is spared. */
  notBefore?: number
}

/** The other half: what outlives every page and is no secret. Instants are in page time. */
export interface Ledger {
  epoch: number
  sid: string
  generation: number
  signedInAt: number
  /** Counts what the user did, at most once a second: its order, which no clock that is set back can tell. */
  activities: number
  lastActivityAt: number
  /** The newest attempt at this session, open or settled. */
  attempt?: Attempt
  signedOut?: SessionEnd
  serverClock?: ServerClock
  /** When a token that had just been refreshed got a `401`, so that another refresh would not help soon. */
  unauthorizedAt?: number
  /** The endpoint has not yet been told of the sign-out: nothing is restored from a cookie until it is. */
  revocationPending?: boolean
  /** Nobody tries any more: `held` until the sign-in that has begun is done, `lost` for good. */
  revocationStopped?: 'held' | 'lost'
  /** What the server calls the session. */
  sessionId?: string
  /** Other sessions whose end the endpoint had not been told of when this one began. */
  owed?: readonly Owed[]
  /** Logins of the server's own pages that were seen in this browser, each with the sign-in that it began. */
  logins?: readonly string[]
  /** By what one login is told from the next: when it was, by the server's clock, and a digest of its name there. */
  authentication?: { at?: number; sid?: string }
}

/** A record as it is stored: instants in wall time, and when it was written. */
export type Stored<T> = T & { v: 1; writtenAt: number }

/** A session as a store keeps it. */
export type StoredSession = Stored<Session>

/** A session whose end the endpoint is, or was, still to be told of. */
export interface Owed {
  epoch: number
  sid: string
  sessionId?: string
  /** `lost`: it never will be, as far as is known. */
  settled?: 'told' | 'lost'
}

export type SessionStatus = 'starting' | 'signed-out' | 'active' | 'degraded' | 'identity-changed'

/** What a user interface shows. Frozen; the same object until something changes. Instants are local epoch milliseconds. */
export interface SessionSnapshot {
  readonly status: SessionStatus
  readonly refreshing: boolean
  readonly online: boolean
  readonly subject?: string
  /** With `identity-changed`: whom another tab signed in. */
  readonly otherSubject?: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly generation: number
  readonly accessExpiresAt?: number
  readonly nextRefreshAt?: number
  readonly refreshExpiresAt?: number
  readonly sessionEndsAt?: number
  readonly idleEndsAt?: number
  readonly idleWarning: boolean
  readonly signedOutReason?: SignOutReason
  readonly lastError?: ErrorCode
}

/**
 * Something that the browser does not offer here, or refuses. `partition`: a page of another origin embeds this one, and
 * what its tabs share may end there. `cookie`: two managers of this page have one refresh cookie.
 */
export type Capability = 'storage' | 'locks' | 'channel' | 'store' | 'partition' | 'cookie'

export type AlertName =
  | 'refresh-failure-rate'
  | 'refresh-token-reused'
  | 'concurrent-refresh'
  | 'session-too-long'
  | 'unusual-refresh-rate'
  | 'token-validation'

/** What asked for a refresh. */
export type RefreshTrigger = 'timer' | 'request' | 'unauthorized' | 'explicit' | 'restore' | 'wake'

/** What happened, member by member; see `SessionEvent` for the fields that all share. */
export type SessionEventDetail =
  | { type: 'started'; status: SessionStatus }
  | { type: 'signed-in'; subject?: string }
  | { type: 'restored'; from: 'store' | 'peer' }
  /** The endpoint was asked, and took so long. */
  | { type: 'restored'; from: 'cookie'; durationMs: number }
  | { type: 'refresh-started'; trigger: RefreshTrigger; attempt: number }
  | { type: 'refreshed'; durationMs: number; accessLifetimeMs: number }
  | {
      type: 'refresh-failed'
      /** A token-free word for what happened: `network`, `timeout`, `http_503`, `invalid_grant` ... */
      error: string
      final: boolean
      retryInMs?: number
      durationMs: number
    }
  /** Tokens expire as soon as they come, so the endpoint is asked less often: once, when that begins. */
  | { type: 'refresh-throttled'; retryInMs: number }
  | { type: 'adopted'; from: 'peer' | 'ledger' | 'store' }
  | { type: 'signed-out'; reason: SignOutReason }
  /** The endpoint was not told that a session has ended, and nobody goes on trying: it may live on at the server. */
  | { type: 'revocation-lost'; sessionId?: string }
  | { type: 'identity-changed' }
  | { type: 'idle-warning'; idleEndsAt: number }
  | { type: 'idle-cleared' }
  | { type: 'leader-changed'; isLeader: boolean }
  /** Calls that come in one turn, or are released or fail at once, are one event. */
  | { type: 'request-queued'; count: number; queued: number }
  /** `waitedMs`: of the one that waited longest. */
  | { type: 'request-released'; count: number; waitedMs: number; queued: number }
  | { type: 'request-replayed'; status: number }
  | { type: 'request-failed'; code: ErrorCode; count: number }
  | { type: 'capability-degraded'; capability: Capability; detail: string }
  | { type: 'policy-violation'; rule: string; actualMs: number; allowedMs: number }
  | { type: 'alert'; name: AlertName; severity: 'high' | 'medium' }

/** An event of the session, with the instant (local epoch milliseconds) and the tab it happened in. Never holds a token. */
export type SessionEvent = SessionEventDetail & {
  readonly at: number
  readonly tab: string
  readonly sid?: string
  readonly generation?: number
}

export interface Diagnostics {
  readonly queued: number
  readonly isLeader: boolean
  /** Live tabs of this session, this one included. */
  readonly tabs: number
  readonly tab: string
  /** Messages of other tabs that were no messages of this version. */
  readonly droppedMessages: number
}
