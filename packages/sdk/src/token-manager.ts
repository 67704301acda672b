import { is, numberFrom, oneOf, record } from './codec/schema.ts'
import type { TokenManager } from './contract.ts'
import { TokenManagerError } from './errors.ts'
import { createMeter } from './features/metrics.ts'
import { authorize } from './http/authorize.ts'
import { createFetch } from './http/fetch.ts'
import { createGate, withGate } from './http/gate.ts'
import type { ResolvedOptions } from './options.ts'
import type { Ports } from './ports.ts'
import { createListeners } from './runtime/listeners.ts'
import { createLoginRedirect } from './runtime/login-redirect.ts'
import { createRuntime } from './runtime/runtime.ts'
import { sleep } from './runtime/scheduler.ts'
import { SIGN_OUT_REASONS } from './runtime/sign-out.ts'
import { checkTokens, grant } from './session/grant.ts'
import { digestOf } from './session/logins.ts'
import { newSid } from './session/merge.ts'
import { revokedBy } from './session/revocation.ts'
import { liveSession, statusOf } from './session/state.ts'
import type { SessionEvent, SignOutReason, TokenSet } from './types.ts'

interface TokenNeed {
  minValidityMs?: number
  signal?: AbortSignal
}

// Of whatever realm: what is used of them is there.
const aSignal = is('an AbortSignal', (value) => (value as AbortSignal).throwIfAborted)
const aRequest = is('a Request', (value) => (value as Request).headers && (value as Request).url)
const aLoginId = is('a text that is not empty', (value) => typeof value === 'string' && value)
const checkNeed = record<TokenNeed>({ 'minValidityMs?': numberFrom(0), 'signal?': aSignal }, 'strict')
// Not strict: apps hand these to a button, which calls them with its event.
const checkRenewal = record<Pick<TokenNeed, 'signal'>>({ 'signal?': aSignal })
const checkSignOut = record<{ reason?: unknown }>({ 'reason?': oneOf(...SIGN_OUT_REASONS) })

const WORKER = 'The token manager works in pages, and this is a worker: ask a page for the token.'

/** The public face of one page's session, over the ports of that page. */
export function wireTokenManager(options: ResolvedOptions, ports: Ports, namespace: string): TokenManager {
  const { transport, policy } = options
  const { clock, random, environment } = ports
  const tab = random.id()
  const disposal = new AbortController()
  const endings = createListeners<SignOutReason>(ports.reportError)
  const meter = createMeter()
  const runtime = createRuntime({ options, ports, namespace, tab, onEvent, onEnded })
  const gate = createGate(
    {
      identity: () => runtime.state.identity,
      isAnonymous: () => transport.accessTokenIn === 'header' && !liveSession(runtime.state),
      admit(identity, signal) {
        assertAlive()
        return runtime.admission.admit({ identity }, signal)
      },
      renew: async (sent) => !disposal.signal.aborted && runtime.admission.renew(sent),
      accepted: runtime.admission.accepted,
      sent: () => meter.count('requestsSent'),
      unauthorized: () => meter.count('unauthorizedAnswers'),
      replayed: () => runtime.emit({ type: 'request-replayed', status: 401 }),
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

  function onEvent(event: SessionEvent, signedInAt: number | undefined): void {
    for (const alert of meter.note(event, signedInAt)) runtime.emit(alert)
  }

  const login =
    options.login &&
    createLoginRedirect({
      tried: runtime.signOut.tried,
      beforeLogin: runtime.signOut.beforeLogin,
      clock,
      environment,
      random,
      url: options.login.url,
      maxWaitMs: options.maxWaitMs,
      pause: (ms) => sleep(clock, ms, disposal.signal),
      isSignedOut: () => !disposal.signal.aborted && statusOf(runtime.state) === 'signed-out',
    })

  function onEnded(reason: SignOutReason): void {
    endings.tell(reason)
    toLogin('ended')
  }

  function toLogin(why: 'opened' | 'ended'): void {
    if (!login) return
    // A transition that is under way may yet ask for a revocation.
    Promise.resolve().then(login[why]).catch(ports.reportError)
  }

  function assertAlive(): void {
    if (disposal.signal.aborted) throw new TokenManagerError('disposed', 'The token manager was disposed.')
    if (ports.nowhere === 'worker') throw new TokenManagerError('invalid_option', WORKER)
  }

  /** @throws TokenManagerError `invalid_response` */
  function parsed(response: unknown): TokenSet {
    try {
      const tokens = transport.parse(response)
      checkTokens(tokens, transport, true)
      return tokens
    } catch (error) {
      runtime.emit({ type: 'alert', name: 'token-validation', severity: 'medium' })
      throw error
    }
  }

  function start(): Promise<void> {
    starting ??= runtime.start().then(() => {
      if (!ports.nowhere && statusOf(runtime.state) === 'signed-out') toLogin('opened')
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
    const granted = await runtime.admission.admit({ identity: runtime.state.identity, ...need }, signal)
    return granted.accessToken ?? ''
  }

  const manager: TokenManager = {
    async start() {
      assertAlive()
      startedOrDisposed ??= Promise.race([start(), disposed])
      await startedOrDisposed
      assertAlive()
      return runtime.snapshots.get()
    },

    async setSession(response) {
      assertAlive()
      const tokens = parsed(response)
      if (ports.nowhere) return runtime.snapshots.get()
      runtime.signOut.cancel()
      runtime.readLedger()
      const now = clock.now()
      const session = grant(tokens, {
        epoch: (runtime.state.ledger?.epoch ?? 0) + 1,
        sid: newSid(clock.wallNow(), random.id()),
        generation: 1,
        commitId: random.id(),
        first: true,
        sentAt: now,
        now,
        wallNow: clock.wallNow(),
        policy,
        random: random.next(),
      })
      runtime.dispatch({ type: 'signed-in', session, now, revokedBy: revokedBy(transport) })
      runtime.check(tokens)
      // The app may leave the page as soon as this settles: many go to another one after the login form.
      await runtime.stored()
      return runtime.snapshots.get()
    },

    async sessionStarted(loginId) {
      assertAlive()
      aLoginId(loginId, 'loginId')
      if (transport.refreshTokenIn !== 'cookie') {
        throw new TokenManagerError('invalid_option', 'sessionStarted: needs a transport with a refresh cookie')
      }
      if (ports.nowhere) return runtime.snapshots.get()
      runtime.readLedger()
      runtime.dispatch({
        type: 'session-started',
        login: digestOf(loginId),
        now: clock.now(),
        revokedBy: revokedBy(transport),
      })
      await Promise.race([start().then(runtime.known), disposed])
      assertAlive()
      return runtime.snapshots.get()
    },

    async signOut(options = {}) {
      assertAlive()
      checkSignOut(options, 'options')
      const { reason = 'user' } = options
      await runtime.signOut.run(reason, start)
    },

    beginSignIn() {
      assertAlive()
      if (!ports.nowhere) runtime.signOut.beginSignIn()
    },

    isAuthenticated: () => runtime.session !== undefined,

    getAccessToken(request) {
      return (!request && runtime.cache.get()) || token(request)
    },

    peekAccessToken() {
      const { session } = runtime
      return session && clock.now() < session.accessExpiresAt ? session.accessToken : undefined
    },

    async refreshAccessToken(options = {}) {
      assertAlive()
      const { signal } = checkRenewal(options, 'options')
      signal?.throwIfAborted()
      const granted = await runtime.admission.renewed('explicit', signal)
      return granted.accessToken ?? ''
    },

    fetch: createFetch(gate, { network: ports.fetch, pageFetch: environment.fetch }),
    async authorize(request) {
      aRequest(request, 'request')
      return (await authorize(gate, request)).request
    },

    getSnapshot() {
      runtime.look()
      return runtime.snapshots.get()
    },
    subscribe: runtime.snapshots.subscribe,
    getDiagnostics: runtime.diagnostics,
    onEvent: runtime.log.listen,

    onSignedOut: endings.add,
    getEvents: runtime.log.events,
    getMetrics: () => meter.read(clock.wallNow()),
    extendSession: runtime.beActive,
    acknowledgeIdentity: () => runtime.dispatch({ type: 'acknowledged' }),

    dispose() {
      disposal.abort()
      closed ??= runtime.close()
      return closed
    },
  }
  return withGate(manager, gate)
}
