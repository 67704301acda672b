import type { SessionMetrics } from './features/metrics.ts'
import type { Diagnostics, SessionEvent, SessionSnapshot, SignOutReason } from './types.ts'

/** One session of one page; with `tabs: 'auto'` the same session in every page of the origin. */
export interface TokenManager {
  /**
   * Settles once the session is restored from peers, ledger, store or refresh cookie, or is known to be absent; at the
   * latest after `maxWaitMs`, then with status `degraded`. The manager starts by itself; other calls wait for this.
   */
  start(): Promise<SessionSnapshot>
  /**
   * Begins a session with what the login endpoint answered, in the transport's format, and tells all tabs. What an app had
   * stored before it used the SDK will do, too: an access token that has expired is refreshed at once, and calls wait.
   * @throws TokenManagerError `invalid_response`, naming what is missing or wrong; the session before goes on
   */
  setSession(response: unknown): Promise<SessionSnapshot>
  /**
   * Begins a session on a page that the server's own login leads to, such as a form post or a redirect. The tokens come from
   * the refresh endpoint, and the time limits begin now. Call it before anything else.
   * @param loginId an id that the server makes new for each login, and gives to all pages of that login. An id that this
   * browser has seen before changes nothing, so a page that is loaded again after a sign-out stays signed out. Only a digest
   * of it is kept.
   * @returns settles like `start()`
   * @throws TokenManagerError `invalid_option` for an empty id, and where the refresh token is no cookie
   */
  sessionStarted(loginId: string): Promise<SessionSnapshot>
  /**
   * Ends the session here at once and in all tabs, also offline and during a refresh. The endpoint is told when it can
   * be reached, if the transport can revoke. With `identity-changed` there is no session of this page's to end: nothing
   * happens.
   * @param options.reason default `'user'`; `'idle'` and `'session-limit'` are told as such, everything else as `'user'`
   * @throws TokenManagerError `invalid_option` for what is no reason
   */
  signOut(options?: { reason?: SignOutReason }): Promise<void>
  /**
   * Call it when a login form is sent, or when a redirect to the login server begins, if the refresh token is in a cookie. If
   * the server has not heard of the last sign-out yet, no tab tries any more, because that could end the new session; the event
   * `revocation-lost` says so. With `namedRevocation` the tabs only wait until somebody has signed in. With the option `login`
   * the redirect does this.
   */
  beginSignIn(): void
  /** Whether a session exists that can still give a token. */
  isAuthenticated(): boolean
  /**
   * An access token that lives at least `minValidityMs` (default: the smaller of 5 s and half the lead; never more than
   * half its lifetime), after a refresh if need be.
   * @throws TokenManagerError `signed_out`, `identity_changed`, `refresh_unavailable` after `maxWaitMs`, `queue_full`,
   * `disposed`; `invalid_option` where the access token is a cookie, or an option is wrong or unknown. Aborting rejects
   * with the signal's reason
   */
  getAccessToken(options?: { minValidityMs?: number; signal?: AbortSignal }): Promise<string>
  /** The current access token if it is valid, without waiting. */
  peekAccessToken(): string | undefined
  /**
   * A fresh access token now; joins a refresh that is under way in any tab. A token that a refresh brought less than
   * 100 ms ago is fresh: calls within that time get the same one. Empty where the access token is a cookie.
   * @throws TokenManagerError as `getAccessToken`
   */
  refreshAccessToken(options?: { signal?: AbortSignal }): Promise<string>
  /**
   * `fetch`, authenticated (RFC 6750, section 2.1): waits for a token, and replays once after a `401`. Requests to
   * other origins than the page's and `allowedOrigins`, with an `Authorization` header of their own or with
   * `credentials: 'omit'` pass through untouched. Bound: may be passed around.
   * @throws TokenManagerError as `getAccessToken`
   */
  fetch: typeof fetch
  /** The request with the token on it, for any other HTTP client. @throws TokenManagerError as `getAccessToken` */
  authorize(request: Request): Promise<Request>
  /** Frozen; the same object until something changes. */
  getSnapshot(): SessionSnapshot
  /**
   * Calls back after each change of the snapshot. Returns what stops it.
   * @throws TokenManagerError `invalid_option` if the listener is no function, as `onEvent` and `onSignedOut`
   */
  subscribe(listener: () => void): () => void
  getDiagnostics(): Diagnostics
  /** Calls back for each event; never with a token. The listener may throw, or call and await anything here. */
  onEvent(listener: (event: SessionEvent) => void): () => void
  onSignedOut(listener: (reason: SignOutReason) => void): () => void
  /** The newest 500 events, oldest first. A `signed-in` names its subject only while that session lives. */
  getEvents(): readonly SessionEvent[]
  /** Counts and figures since start. */
  getMetrics(): SessionMetrics
  /** "I am still here": counts as activity in every tab. */
  extendSession(): void
  /** Goes on with the subject that another tab signed in, after `identity-changed`. */
  acknowledgeIdentity(): void
  /**
   * Leaves no timer, listener, channel or lock behind, once a refresh that was sent has settled; later calls reject with
   * `disposed`.
   */
  dispose(): Promise<void>
}
