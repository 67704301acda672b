import { is, numberFrom, oneOf, record } from './codec/schema.ts'
import type { TokenManager } from './contract.ts'
import { TokenManagerError } from './errors.ts'
import { createMeter } from './features/metrics.ts'
import { authorize } from './http/authorize.ts'
import { createFetch } from './http/fetch.ts'
import { createRequestAuth, withRequestAuth } from './http/request-auth.ts'
import type { ResolvedOptions, RuntimeOptions } from './options.ts'
import type { Ports } from './ports.ts'
import { createListeners } from './runtime/events.ts'
import { createLoginRedirect } from './runtime/login-redirect.ts'
import { createRuntime } from './runtime/runtime.ts'
import { SIGN_OUT_REASONS } from './runtime/sign-out.ts'
import { sleep } from './runtime/timer.ts'
import { checkTokens } from './session/grant.ts'
import { liveSession, type State, statusOf } from './session/state.ts'
import type { Session, SignOutReason, TokenSet } from './types.ts'

interface TokenNeed {
  minValidityMs?: number
  signal?: AbortSignal
}

// Of whatever realm: what is used of them is there.
const aSignal = is('an AbortSignal', (value) => (value as AbortSignal).throwIfAborted)
const aRequest = is('a Request', (value) => (value as Request).headers && (value as Request).url)
const aLoginId = is('a text that is not empty', (value) => typeof value === 'string' && value.trim())
const checkNeed = record<TokenNeed>({ 'minValidityMs?': numberFrom(0), 'signal?': aSignal }, 'strict')
// Not strict: apps hand these to a button, which calls them with its event.
const checkRenewal = record<Pick<TokenNeed, 'signal'>>({ 'signal?': aSignal })
const checkSignOut = record<{ reason?: unknown }>({ 'reason?': oneOf(...SIGN_OUT_REASONS) })

const WORKER = 'The token manager works in pages, and this is a worker: ask a page for the token.'

/** The public face of one page's session, over the ports of that page. */
export function wireTokenManager(options: ResolvedOptions, ports: Ports, namespace: string): TokenManager {
  const { transport } = options
  const { clock, random, environment } = ports
  const disposal = new AbortController()
  const endings = createListeners<SignOutReason>(ports.reportError)
  const meter = createMeter()
  const runtimeOptions: RuntimeOptions = { ...options, namespace, tab: random.id() }
  const runtime = createRuntime(ports, runtimeOptions)
  const { store, events, snapshots, limits, tokenAccess } = runtime
  const requestAuth = createRequestAuth(
    {
      identity: () => currentState().identity,
      isAnonymous: () => transport.accessTokenIn === 'header' && !liveSession(currentState()),
      admit(identity, signal) {
        assertAlive()
        return tokenAccess.admit({ identity }, signal)
      },
      renew: async (sent) => !disposal.signal.aborted && tokenAccess.renew(sent),
      accepted: tokenAccess.accepted,
      sent: () => meter.count('requestsSent'),
      unauthorized: () => meter.count('unauthorizedAnswers'),
      replayed: () => events.emit({ type: 'request-replayed', status: 401 }),
    },
    { transport, environment, allowedOrigins: options.allowedOrigins },
  )
  const disposed = new Promise<void>((resolve) => {
    disposal.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  let starting: Promise<void> | undefined
  /** One for all callers: `disposed` would keep what each of them hangs on it. */
  let startedOrDisposed: Promise<void> | undefined
  let closed: Promise<void> | undefined

  events.observe((event, signedInAt) => {
    for (const alert of meter.note(event, signedInAt)) events.emit(alert)
  })
  store.onEffect('ended', ({ reason }) => {
    endings.notify(reason)
    toLogin('ended')
  })

  const login =
    options.login &&
    createLoginRedirect({
      tried: runtime.signOut.firstAttemptDone,
      beforeLogin: runtime.signOut.beforeLogin,
      clock,
      environment,
      random,
      url: options.login.url,
      maxWaitMs: options.maxWaitMs,
      pause: (ms) => sleep(clock, ms, disposal.signal),
      isSignedOut: () => !disposal.signal.aborted && statusOf(currentState()) === 'signed-out',
    })

  /** As it is now: the timer may be late, and the page may have slept. */
  function currentState(): State {
    limits.checkBeforeShowing()
    return store.state
  }

  /** The session whose token may be used now. */
  function usableSession(): Session | undefined {
    const state = currentState()
    return limits.isBlocked() || disposal.signal.aborted ? undefined : liveSession(state)
  }

  function toLogin(why: 'opened' | 'ended'): void {
    if (!login) return
    // A transition that is under way may yet ask for a revocation.
    Promise.resolve().then(login[why]).catch(ports.reportError)
  }

  function assertAlive(): void {
    if (disposal.signal.aborted) throw new TokenManagerError('disposed', 'The token manager was disposed.')
    if (ports.ssr === 'worker') throw new TokenManagerError('invalid_option', WORKER)
  }

  /** @throws TokenManagerError `invalid_response` */
  function parsed(response: unknown): TokenSet {
    try {
      const tokens = transport.parse(response)
      checkTokens(tokens, transport, true)
      return tokens
    } catch (error) {
      events.emit({ type: 'alert', name: 'token-validation', severity: 'medium' })
      throw error
    }
  }

  function start(): Promise<void> {
    starting ??= runtime.start().then(() => {
      if (!ports.ssr && statusOf(currentState()) === 'signed-out') toLogin('opened')
    })
    return starting
  }

  async function token(options: TokenNeed = {}): Promise<string> {
    assertAlive()
    const { signal, ...need } = checkNeed(options, 'options')
    signal?.throwIfAborted()
    if (transport.accessTokenIn === 'cookie') {
      throw new TokenManagerError('invalid_option', 'The access token is a cookie that no script can read.')
    }
    const granted = await tokenAccess.admit({ identity: currentState().identity, ...need }, signal)
    return granted.accessToken ?? ''
  }

  const manager: TokenManager = {
    async start() {
      assertAlive()
      startedOrDisposed ??= Promise.race([start(), disposed])
      await startedOrDisposed
      assertAlive()
      return snapshots.get()
    },

    async setSession(response) {
      assertAlive()
      const tokens = parsed(response)
      if (ports.ssr) return snapshots.get()
      await runtime.signIn.run(tokens)
      return snapshots.get()
    },

    async sessionStarted(loginId) {
      assertAlive()
      aLoginId(loginId, 'loginId')
      if (transport.refreshTokenIn !== 'cookie') {
        throw new TokenManagerError('invalid_option', 'sessionStarted: needs a transport with a refresh cookie')
      }
      if (ports.ssr) return snapshots.get()
      runtime.signIn.runByCookie(loginId)
      await Promise.race([start().then(() => runtime.startup.known), disposed])
      assertAlive()
      return snapshots.get()
    },

    async signOut(options = {}) {
      assertAlive()
      checkSignOut(options, 'options')
      const { reason = 'user' } = options
      await runtime.signOut.run(reason, start)
    },

    beginSignIn() {
      assertAlive()
      if (!ports.ssr) runtime.signOut.beginSignIn()
    },

    isAuthenticated: () => usableSession() !== undefined,

    getAccessToken(request) {
      return (!request && tokenAccess.cached()) || token(request)
    },

    peekAccessToken() {
      const session = usableSession()
      return session && clock.now() < session.accessExpiresAt ? session.accessToken : undefined
    },

    async refreshAccessToken(options = {}) {
      assertAlive()
      const { signal } = checkRenewal(options, 'options')
      signal?.throwIfAborted()
      const granted = await tokenAccess.renewed('explicit', signal)
      return granted.accessToken ?? ''
    },

    fetch: createFetch(requestAuth, { network: ports.fetch, pageFetch: environment.fetch }),
    async authorize(request) {
      aRequest(request, 'request')
      return (await authorize(requestAuth, request)).request
    },

    getSnapshot() {
      limits.checkBeforeShowing()
      return snapshots.get()
    },
    subscribe: snapshots.subscribe,
    getDiagnostics: runtime.diagnostics,
    onEvent: events.listen,

    onSignedOut: endings.add,
    getEvents: events.events,
    getMetrics: () => meter.read(clock.wallNow()),
    extendSession: () => void (disposal.signal.aborted || limits.beActive()),
    acknowledgeIdentity: () => store.dispatch({ type: 'acknowledged' }),

    dispose() {
      disposal.abort()
      closed ??= runtime.close()
      return closed
    },
  }
  return withRequestAuth(manager, requestAuth)
}
