import type { Capability, Endpoint, Ledger, RefreshOutcome, Stored, StoredSession, TokenSet } from './types.ts'

/** A pending timer; opaque. */
export type Timer = unknown

/**
 * Time. `now()` is page time: epoch milliseconds that never run backward and never slower than the monotonic clock,
 * so that a wall clock set back extends nothing, while sleep and a clock set forward count as elapsed.
 * What leaves the page is written in wall time, see `session/instants.ts`.
 */
export interface Clock {
  now(): number
  wallNow(): number
  /**
   * How far page time is ahead of the wall clock: 0 until somebody sets that back. By one look at both; between two a page
   * may stand still.
   */
  lagMs(): number
  /**
   * How much of the page time since then may not have gone by: sleep, a clock set forward, and all that was before this
   * page. Nobody can tell sleep from a clock set forward.
   */
  leapMs(since: number): number
  /** Calls back after `delayMs` or later; delays beyond 2^31-1 ms are fine. */
  setTimer(delayMs: number, callback: () => void): Timer
  clearTimer(timer: Timer): void
}

export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** An unguessable identifier (RFC 9562 UUID or the like). */
  id(): string
}

export interface LockRequest {
  /** Leaves the line; does not take away a lock that is held. */
  signal?: AbortSignal
  mode?: 'exclusive' | 'shared'
}

/** Mutual exclusion across the pages of an origin. */
export interface Lock {
  /** Holds `name` until the promise of `run` settles. Rejects with the signal's reason if it left the line. */
  request<T>(name: string, request: LockRequest, run: () => Promise<T>): Promise<T>
  /** How many hold `name`, in all pages; undefined where the browser can not tell. */
  count(name: string): Promise<number | undefined>
}

/** The other pages of the origin. */
export interface Tabs {
  /** Never throws; lost while nobody listens here. */
  post(message: unknown): void
  listen(listener: (message: unknown) => void): () => void
  /** Only where pages can not lock each other out: elects one of them, as well as it goes. `onFailed`: nobody can be. */
  elect?(onElected: () => void, onFailed: () => void): Candidacy
  /** This page keeps to itself. */
  isolated?: boolean
}

export interface Candidacy {
  /** Whether it can not be elected, or is leader, any more although nobody resigned. */
  isDead(): boolean
  resign(): void
}

/** Where pages can not lock each other out: of those that want to do the same thing one may. */
export interface Claims {
  /**
   * Claims an attempt for this page: under `number`, or the first later one that no page has ever had. No other page gets
   * it, whatever becomes of this one; they get the next number once `lastsMs` have gone by.
   * @returns the number; undefined while another page's claim lasts. Never rejects
   */
  claim(name: string, number: number, lastsMs: number): Promise<number | undefined>
}

/** The ledger's storage. Reads give untrusted input; nothing here throws. */
export interface LedgerStore {
  read(): unknown
  /** False if the record is not where other pages find it, and has to be written again. */
  write(record: Stored<Ledger>): boolean
  /** Another page wrote; tells what it wrote, which another write may have replaced meanwhile. Untrusted, too. */
  subscribe(listener: (written: unknown) => void): () => void
}

export type PageSignal =
  | 'visible'
  | 'hidden'
  | 'focus'
  | 'online'
  | 'offline'
  | 'pagehide'
  | 'pageshow'
  | 'freeze'
  | 'resume'

/** The page and its surroundings. */
export interface Environment {
  /** `scheme://host:port` of the page. */
  readonly origin: string
  href(): string
  /** What relative addresses are relative to. */
  base(): string
  online(): boolean
  visible(): boolean
  subscribe(listener: (signal: PageSignal) => void): () => void
  /** Calls back on pointer, key, scroll and touch; with `media` also while a video plays where it can be seen. */
  onActivity(listener: () => void, options: { media: boolean }): () => void
  navigate(url: string): void
  /** The `fetch` that the page's scripts call, as it is now. */
  fetch(): typeof fetch | undefined
  /** A note that the tab keeps from page to page; none where the browser keeps none. */
  recall(): string | undefined
  remember(note: string): void
}

export interface RefreshRequest {
  refreshToken?: string
  idempotencyKey: string
  signal: AbortSignal
  fetch: typeof fetch
}

export interface RevokeRequest {
  refreshToken?: string
  accessToken?: string
  /** What the server calls the session, where its answers said so. */
  sessionId?: string
  signal: AbortSignal
  fetch: typeof fetch
}

/** How one kind of endpoint is spoken to. */
export interface RefreshTransport extends Endpoint {
  readonly kind: string
  readonly url: string
  /** With cookie access: the header that unsafe methods carry (CSRF double submit), if any. */
  csrfHeader?(): { name: string; value: string } | undefined
  /**
   * Where the refresh token is a cookie: a word, without any secret, that each answer of the refresh endpoint changes, in
   * whatever page of the browser. Empty while there is none.
   */
  marker?(): string
  /** Never rejects for what the endpoint or the network did: that is an outcome. */
  refresh(request: RefreshRequest): Promise<RefreshOutcome>
  /**
   * Settles when the endpoint has heard. Rejects where it has not, and is called again later; with `identity_changed` where it
   * never will, because the cookie is another session's by now.
   */
  revoke?(request: RevokeRequest): Promise<void>
  /** @throws TokenManagerError `invalid_response` */
  parse(response: unknown): TokenSet
}

/**
 * Where a session outlives its page. The manager names itself at each call: `namespace` tells its sessions from those of
 * any other manager of the origin, for a store that was given no name of its own.
 */
export interface SessionStore {
  /** Untrusted. Undefined or null where nothing is stored; whatever else is no session is discarded. */
  load(namespace?: string): Promise<unknown>
  save(record: StoredSession, namespace?: string): Promise<void>
  clear(namespace?: string): Promise<void>
  /** Calls back when another page changed what is stored. A store that has this is one that pages share. */
  subscribe?(listener: () => void, namespace?: string): () => void
}

export type Degraded = (capability: Capability, detail: string) => void

/** The world that a manager lives in. */
export interface Ports {
  clock: Clock
  random: Random
  lock: Lock
  claims?: Claims
  ledger: LedgerStore
  tabs: Tabs
  environment: Environment
  store: SessionStore
  fetch: typeof fetch
  /** Where what a listener throws is shown. */
  reportError(error: unknown): void
  /** There is no page here, and so never a session. */
  ssr?: 'server' | 'worker'
  /** Tells `listener` of what the browser lacks or refuses, also of what was found before. */
  onDegraded(listener: Degraded): void
}
