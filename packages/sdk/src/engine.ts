import { watchActivity } from './coordination/activity.ts'
import { type Admission, createAdmission } from './coordination/admission.ts'
import { createEventLog, type EventLog } from './coordination/event-log.ts'
import { createLedgerKeeper } from './coordination/ledger-keeper.ts'
import { createRefresher } from './coordination/refresher.ts'
import { createRequestQueue } from './coordination/request-queue.ts'
import { createRevoker } from './coordination/revoker.ts'
import { createRunner } from './coordination/runner.ts'
import { createScheduler, sleep } from './coordination/scheduler.ts'
import { createSnapshotFeed, type SnapshotFeed } from './coordination/snapshot-feed.ts'
import { createStoreKeeper } from './coordination/store-keeper.ts'
import { createTokenCache, type TokenCache } from './coordination/token-cache.ts'
import { accessFor, type Need } from './decisions/access.ts'
import { isDue, nextRefreshAt } from './decisions/flight.ts'
import type { Effect, Happening } from './decisions/happening.ts'
import { endsAt, judge, limitsOf } from './decisions/limits.ts'
import { mayRestore } from './decisions/session.ts'
import { snapshotOf } from './decisions/snapshot.ts'
import { initialState, liveSession, pendingAttempt, type State, statusOf } from './decisions/state.ts'
import { TokenManagerError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import type { PageSignal, Ports } from './ports.ts'
import type { SessionEvent, SessionEventDetail, SignOutReason } from './types.ts'

export interface EngineOptions {
  options: ResolvedOptions
  ports: Ports
  /** Prefix of all names that pages share. */
  namespace: string
  tab: string
  onEvent(event: SessionEvent): void
  onEnded(reason: SignOutReason): void
}

/** One page's share in the session: the parts, wired over the ports of that page. */
export interface Engine {
  readonly state: State
  readonly admission: Admission
  readonly log: EventLog
  readonly snapshots: SnapshotFeed
  readonly cache: TokenCache
  readonly queued: number
  dispatch(happening: Happening): void
  emit(event: SessionEventDetail): void
  /** Looks at what other pages wrote. */
  readLedger(): void
  /** Restores the session, if there is one; settles when that is known. */
  start(): Promise<void>
  /** Settles when the endpoint has heard of the sign-out, or could not be reached. */
  revoked(): Promise<void>
  close(): Promise<void>
}

export function createEngine({ options, ports, namespace, tab, onEvent, onEnded }: EngineOptions): Engine {
  const { transport, policy, maxWaitMs, refreshTimeoutMs } = options
  const { clock, random, lock, environment, store } = ports
  const closing = new AbortController()
  const stops: Array<() => void> = []
  let revocation: Promise<void> = Promise.resolve()
  let startDueAt = Number.POSITIVE_INFINITY
  let announceStart: (() => void) | undefined
  const started = new Promise<void>((resolve) => {
    announceStart = resolve
  })

  const pause = (ms: number, signal: AbortSignal) => sleep(clock, ms, signal)
  const log = createEventLog(ports.reportError)
  const runner = createRunner(initialState(environment.online(), ports.nowhere ? 'ready' : 'loading'), perform, settle)
  const { dispatch } = runner
  const snapshots = createSnapshotFeed(
    () => snapshotOf(runner.state, { policy, endpoint: transport, lagMs: clock.now() - clock.wallNow() }),
    ports.reportError,
  )
  const cache = createTokenCache(clock, policy.refreshLead)
  const ledger = createLedgerKeeper({ clock, lock, store: ports.ledger, namespace })
  const sessions = createStoreKeeper(clock, store, (detail) =>
    emit({ type: 'capability-degraded', capability: 'store', detail }),
  )
  const scheduler = createScheduler(clock, tick)
  const queue = createRequestQueue({ clock, maxQueued: options.maxQueued, maxWaitMs, decide, retryAfterMs, emit })
  const revoker = createRevoker({
    clock,
    random,
    lock,
    transport,
    fetch: ports.fetch,
    namespace,
    retry: policy.retry,
    timeoutMs: refreshTimeoutMs,
    refreshSettled: () => refresher.settled(),
    sleep: pause,
    isPending: () => ledger.read()?.revocationPending === true,
    onRevoked: () => dispatch({ type: 'revoked' }),
  })
  const refresher = createRefresher({
    clock,
    random,
    lock,
    transport,
    fetch: ports.fetch,
    namespace,
    policy,
    refreshTimeoutMs,
    state: () => runner.state,
    dispatch,
    lookAgain: async () => readLedger(),
    fence: () => ports.tabs.fence(),
    sleep: pause,
    revoke: (tokens) => void revoker.revoke(tokens),
  })
  const admission = createAdmission({
    clock,
    state: () => runner.state,
    decide,
    wait(need, signal) {
      const waiting = queue.wait(need, signal)
      schedule()
      return waiting
    },
    refresh: (trigger) => void refresher.run(trigger),
  })

  function emit(detail: SessionEventDetail): void {
    const { sid, generation } = runner.state.session ?? runner.state.ledger ?? {}
    const event = { ...detail, at: clock.wallNow(), tab, ...(sid && generation !== undefined && { sid, generation }) }
    log.append(event)
    onEvent(event)
  }

  function perform(effect: Effect): void {
    const { session, ledger: standing } = runner.state
    if (effect.type === 'emit') emit(effect.event)
    else if (effect.type === 'write-ledger') standing && ledger.write(standing)
    // A store that tells of changes is shared: the page that made this generation saves it.
    else if (effect.type === 'save') session && !(effect.adopted && store.subscribe) && sessions.save(session)
    else if (effect.type === 'clear-store') sessions.clear()
    else if (effect.type === 'revoke') revocation = revoker.revoke(effect.session ?? {})
    else if (effect.type === 'ended') onEnded(effect.reason)
  }

  /** After each change: serve who waits, and set the one timer anew. */
  function settle(): void {
    cache.update(liveSession(runner.state), endsAt(limits()))
    queue.flush()
    refresher.reconsider()
    const status = statusOf(runner.state)
    if (announceStart && status !== 'starting') {
      announceStart()
      announceStart = undefined
      emit({ type: 'started', status })
    }
    schedule()
    snapshots.update()
  }

  const limits = () => limitsOf(liveSession(runner.state) && runner.state.ledger, policy)

  function schedule(): void {
    if (closing.signal.aborted) return scheduler.set(undefined)
    const never = Number.POSITIVE_INFINITY
    const refreshAt = refresher.flying ? never : (nextRefreshAt(runner.state, transport) ?? never)
    const { sessionEndsAt = never, idleEndsAt = never, idleWarningAt = never } = limits()
    scheduler.set(
      Math.min(
        Math.max(refreshAt, refresher.restsUntil),
        queue.nextDeadline() ?? never,
        runner.state.phase === 'restoring' ? startDueAt : never,
        sessionEndsAt,
        runner.state.idleWarning ? idleEndsAt : idleWarningAt,
      ),
    )
  }

  function tick(): void {
    judgeLimits()
    const now = clock.now()
    if (runner.state.phase === 'restoring' && now >= startDueAt) dispatch({ type: 'phase', phase: 'overdue' })
    if (now >= (nextRefreshAt(runner.state, transport) ?? Number.POSITIVE_INFINITY)) void refresher.run('timer')
    settle()
  }

  function judgeLimits(): void {
    const due = limits()
    const now = clock.now()
    const verdict = judge(due, now)
    if (verdict === 'warn' && due.idleEndsAt !== undefined) {
      dispatch({ type: 'idle-warning', idleEndsAt: due.idleEndsAt - (now - clock.wallNow()) })
    } else if (verdict !== 'ok' && verdict !== 'warn') {
      dispatch({ type: 'signed-out', reason: verdict, now, revocable: transport.revoke !== undefined })
    }
  }

  /** Judged at every call: the timer may be late, and no request may leave after a limit. */
  function decide(need: Need) {
    if (clock.now() >= endsAt(limits())) judgeLimits()
    return accessFor(runner.state, need, clock.now(), policy.refreshLead)
  }

  function retryAfterMs(): number | undefined {
    const notBefore = pendingAttempt(runner.state)?.notBefore
    return notBefore === undefined ? undefined : Math.max(0, notBefore - clock.now())
  }

  function readLedger(): void {
    dispatch({ type: 'learned', from: 'ledger', ledger: ledger.read() })
  }

  /** After sleep, freeze or absence, always in this order: reconcile, judge, send. */
  function wake(): void {
    dispatch({ type: 'online', online: environment.online() })
    readLedger()
    judgeLimits()
    revoker.hurry()
    const attempt = pendingAttempt(runner.state)
    if (attempt?.failures && isDue(attempt, 'wake', clock.now())) void refresher.run('wake')
    tick()
  }

  function onSignal(signal: PageSignal): void {
    if (signal === 'offline') dispatch({ type: 'online', online: false })
    else if (signal !== 'hidden' && signal !== 'pagehide' && signal !== 'freeze') wake()
  }

  async function restore(): Promise<void> {
    readLedger()
    const session = await Promise.race([sessions.load(), pause(maxWaitMs, closing.signal)])
    if (closing.signal.aborted) return
    if (session && runner.state.phase === 'loading') dispatch({ type: 'learned', from: 'store', session })
    judgeLimits()
    if (runner.state.phase !== 'loading') return
    const byCookie = !liveSession(runner.state) && transport.refreshTokenIn === 'cookie' && mayRestore(runner.state)
    if (runner.state.ledger?.revocationPending) revocation = revoker.revoke({})
    startDueAt = clock.now() + maxWaitMs
    dispatch({ type: 'phase', phase: byCookie ? 'restoring' : 'ready' })
    if (byCookie) void refresher.run('restore')
  }

  return {
    get state() {
      return runner.state
    },
    get queued() {
      return queue.size
    },
    admission,
    log,
    snapshots,
    cache,
    dispatch,
    emit,
    readLedger,
    async start() {
      if (ports.nowhere) return
      stops.push(environment.subscribe(onSignal), ports.ledger.subscribe(readLedger))
      if (policy.idleTimeoutMs !== undefined) {
        stops.push(watchActivity(clock, environment, () => dispatch({ type: 'active', now: clock.now() })))
      }
      ports.onDegraded((capability, detail) => emit({ type: 'capability-degraded', capability, detail }))
      await restore()
      await started
    },
    revoked: () => revocation,
    async close() {
      closing.abort()
      for (const stop of stops.splice(0)) stop()
      queue.rejectAll(new TokenManagerError('disposed', 'The token manager was disposed.'))
      schedule()
      revoker.cancel()
      refresher.dispose()
      // A refresh that was sent is waited for: its answer may hold the only valid refresh token.
      await refresher.settled()
      ports.tabs.close()
    },
  }
}
