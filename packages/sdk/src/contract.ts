import type { SessionMetrics } from './features/metrics.ts'
import type { Diagnostics, SessionEvent, SessionSnapshot, SignOutReason } from './types.ts'

/**
 * One session in one page. With `tabs: 'auto'` it is the same session in every page of the origin.
 *
 * @example
 * const tokens = createTokenManager({ transport: jsonTransport({ url: '/auth/refresh' }) })
 * await tokens.setSession(await (await fetch('/auth/login', { method: 'POST', body })).json())
 * const response = await tokens.fetch('/api/patients')
 */
export interface TokenManager {
  /**
   * Settles once it is known whether there is a session: from other tabs, the ledger, the store or the refresh cookie. The
   * manager starts by itself, and other calls wait for this.
   * @returns the snapshot; after `maxWaitMs` at the latest, then with the status `degraded`
   * @throws TokenManagerError `disposed`; `invalid_option` in a worker
   */
  start(): Promise<SessionSnapshot>
  /**
   * Begins a session with the login endpoint's answer, and tells all tabs. Settles once the session is stored, so the page
   * may be left then.
   *
   * Also takes what an app had stored before it used the SDK: an access token that has expired is refreshed at once, and
   * calls wait for that.
   * @param response the parsed JSON, in the transport's format
   * @throws TokenManagerError `invalid_response`, naming what is missing or wrong; the session before goes on
   * @example
   * const response = await fetch('/auth/login', { method: 'POST', body: new FormData(form) })
   * if (response.ok) await tokens.setSession(await response.json())
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
   * Ends the session here at once and in all tabs, also offline and during a refresh. If the transport can revoke, the
   * endpoint is told as soon as it can be reached. While the status is `identity-changed` this page has no session to end,
   * and nothing happens.
   * @param options.reason default `'user'`. `'idle'` and `'session-limit'` are reported as such, all others as `'user'`
   * @returns settles once the store is cleared and, online, the endpoint has been told; that is waited for up to 3 s
   * @throws TokenManagerError `invalid_option` for an unknown reason; the session goes on
   */
  signOut(options?: { reason?: SignOutReason }): Promise<void>
  /**
   * Call it when a login form is sent, or when a redirect to the login server begins, if the refresh token is in a cookie. If
   * the server has not heard of the last sign-out yet, no tab tries any more, because that could end the new session; the event
   * `revocation-lost` says so. With `namedRevocation` the tabs only wait until somebody has signed in. With the option `login`
   * the redirect does this.
   */
  beginSignIn(): void
  /** Whether there is a session that can still give a token, now or after a refresh. */
  isAuthenticated(): boolean
  /**
   * A valid access token, after a refresh if need be.
   * @param options.minValidityMs how long the token must still live, in milliseconds. Default: the smaller of 5,000 and half
   * the `refreshLead`; never more than half the token's lifetime
   * @param options.signal ends the wait; the promise then rejects with its reason
   * @throws TokenManagerError `signed_out`, `identity_changed`, `refresh_unavailable` after `maxWaitMs`, `queue_full`,
   * `disposed`; `invalid_option` where the access token is a cookie, or an option is wrong or unknown
   * @example
   * socket.send(JSON.stringify({ authorization: await tokens.getAccessToken() }))
   */
  getAccessToken(options?: { minValidityMs?: number; signal?: AbortSignal }): Promise<string>
  /** The current access token if it is valid, without waiting and without a refresh. */
  peekAccessToken(): string | undefined
  /**
   * A fresh access token; joins a refresh that is under way in any tab. Calls within 100 ms of a refresh get its token.
   * @param options.signal ends the wait; the promise then rejects with its reason
   * @returns an empty string where the access token is a cookie
   * @throws TokenManagerError as `getAccessToken`
   */
  refreshAccessToken(options?: { signal?: AbortSignal }): Promise<string>
  /**
   * `fetch`, authenticated: waits for a token, and sends the request once more after a `401` that a newer token may answer.
   * May be passed around.
   *
   * Requests to other origins than the page's and `allowedOrigins`, requests with an `Authorization` header of their own and
   * requests with `credentials: 'omit'` pass through untouched.
   * @throws TokenManagerError as `getAccessToken`; else what `fetch` throws
   * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
   */
  fetch: typeof fetch
  /**
   * The request with the token on it, for any other HTTP client. It is for this moment: send it at once.
   * @throws TokenManagerError as `getAccessToken`; `invalid_option` for anything but a `Request`
   * @example
   * const request = await tokens.authorize(new Request('/api/patients'))
   */
  authorize(request: Request): Promise<Request>
  /** What a user interface shows. Frozen; the same object until something changes. */
  getSnapshot(): SessionSnapshot
  /**
   * Calls back after each change of the snapshot.
   * @returns a function that ends the subscription
   * @throws TokenManagerError `invalid_option` if the listener is no function; so do `onEvent` and `onSignedOut`
   */
  subscribe(listener: () => void): () => void
  /** What helps to understand this tab among the others. */
  getDiagnostics(): Diagnostics
  /**
   * Calls back for each event, which never holds a token. The listener may throw, and may call anything here.
   * @returns a function that ends the subscription
   */
  onEvent(listener: (event: SessionEvent) => void): () => void
  /**
   * Calls back when this page's session has ended, whatever ended it.
   * @returns a function that ends the subscription
   */
  onSignedOut(listener: (reason: SignOutReason) => void): () => void
  /** The newest 500 events, oldest first. A `signed-in` names its subject only while that session lives. */
  getEvents(): readonly SessionEvent[]
  /** Counts and figures since the manager was created. */
  getMetrics(): SessionMetrics
  /** Counts as activity of the user, in every tab: the answer to an idle warning. */
  extendSession(): void
  /** Goes on with the subject that another tab signed in, while the status is `identity-changed`. */
  acknowledgeIdentity(): void
  /**
   * Ends the manager, not the session: it leaves no timer, listener, channel or lock behind. Later calls reject with
   * `disposed`.
   * @returns settles once a refresh that was sent has settled
   */
  dispose(): Promise<void>
}
