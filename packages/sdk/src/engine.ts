import { watchActivity } from './coordination/activity.ts'
import { type Admission, createAdmission } from './coordination/admission.ts'
import { createEventLog, type EventLog } from './coordination/event-log.ts'
import { createLeadership } from './coordination/leadership.ts'
import { createLedgerKeeper } from './coordination/ledger-keeper.ts'
import { createLimitKeeper } from './coordination/limit-keeper.ts'
import { createRefresher } from './coordination/refresher.ts'
import { createRequestQueue } from './coordination/request-queue.ts'
import { createRevoker } from './coordination/revoker.ts'
import { createRunner } from './coordination/runner.ts'
import { createScheduler, sleep } from './coordination/scheduler.ts'
import { createSnapshotFeed, type SnapshotFeed } from './coordination/snapshot-feed.ts'
import { createStoreKeeper } from './coordination/store-keeper.ts'
import { createTabSync } from './coordination/tab-sync.ts'
import { createTokenCache, type TokenCache } from './coordination/token-cache.ts'
import { accessFor, type Need } from './decisions/access.ts'
import type { Effect, Happening } from './decisions/happening.ts'
import { mayRestore } from './decisions/session.ts'
import { snapshotOf } from './decisions/snapshot.ts'
import { currentSession, initialState, liveSession, pendingAttempt, type State, statusOf } from './decisions/state.ts'
import { nextFlightAt } from './decisions/timetable.ts'
import { TokenManagerError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import type { PageSignal, Ports } from './ports.ts'
import type { Diagnostics, RefreshTrigger, SessionEvent, SessionEventDetail, SignOutReason } from './types.ts'

/** How long the other tabs may take to answer before a refresh token is spent. */
const ANSWER_MS = 100
/** Who does not answer within this is hung. */
const HUNG_MS = 1_000
/** How long a new tab waits for busy tabs before it calls itself signed out. */
const WELCOME_MS = 2_000

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
  diagnostics(): Diagnostics
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
  const { clock, random, lock, tabs, environment, store, fetch } = ports
  const spread = random.next()
  const closing = new AbortController()
  const stops: Array<() => void> = []
  let revocation: Promise<void> = Promise.resolve()
  let startDueAt = Number.POSITIVE_INFINITY
  let asleep = false
  let lagMs = 0
  let announceStart: (() => void) | undefined
  const started = new Promise<void>((resolve) => {
    announceStart = resolve
  })

  const pause = (ms: number, signal: AbortSignal) => sleep(clock, ms, signal)
  const state = () => runner.state
  const log = createEventLog(ports.reportError)
  const runner = createRunner(initialState(environment.online(), ports.nowhere ? 'ready' : 'loading'), perform, settle)
  const { dispatch } = runner
  const snapshots = createSnapshotFeed(
    () => snapshotOf(state(), { policy, endpoint: transport, lagMs: clock.now() - clock.wallNow() }),
    ports.reportError,
  )
  const cache = createTokenCache(clock, policy.refreshLead)
  const ledger = createLedgerKeeper({ clock, lock, store: ports.ledger, namespace })
  const sessions = createStoreKeeper(clock, store, (detail) =>
    emit({ type: 'capability-degraded', capability: 'store', detail }),
  )
  const scheduler = createScheduler(clock, tick)
  const limits = createLimitKeeper({ clock, policy, revocable: transport.revoke !== undefined, state, dispatch })
  const queue = createRequestQueue({ clock, maxQueued: options.maxQueued, maxWaitMs, decide, retryAfterMs, emit })
  const sync = createTabSync({
    clock,
    random,
    lock,
    tabs,
    namespace,
    tab,
    refreshTokenIn: transport.refreshTokenIn,
    known: state,
    isAsleep: () => asleep,
    onLearned: (known) => dispatch({ type: 'learned', from: 'peer', ...known }),
    onNeed: () => leadership.isLeader && void refresher.run('request'),
    sleep: pause,
  })
  const leadership = createLeadership({
    lock,
    elect: tabs.elect,
    namespace,
    onChange(isLeader) {
      emit({ type: 'leader-changed', isLeader })
      schedule()
    },
  })
  const revoker = createRevoker({
    clock,
    random,
    lock,
    transport,
    fetch,
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
    fetch,
    namespace,
    policy,
    refreshTimeoutMs,
    state,
    dispatch,
    async lookAgain() {
      readLedger()
      if (!currentSession(state())) await loadSession()
      await sync.ask(ANSWER_MS)
    },
    askPeers: () => sync.ask(HUNG_MS),
    tab,
    fence: sync.fence,
    sleep: pause,
    revoke: (tokens) => void revoker.revoke(tokens),
  })
  const admission = createAdmission({
    clock,
    state,
    decide,
    wait(need, signal) {
      const waiting = queue.wait(need, signal)
      schedule()
      return waiting
    },
    refresh: fly,
  })

  function emit(detail: SessionEventDetail): void {
    const { sid, generation } = state().session ?? state().ledger ?? {}
    const event = { ...detail, at: clock.wallNow(), tab, ...(sid && generation !== undefined && { sid, generation }) }
    log.append(event)
    onEvent(event)
  }

  function perform(effect: Effect): void {
    const { session, ledger: standing } = state()
    if (effect.type === 'emit') emit(effect.event)
    else if (effect.type === 'write-ledger') standing && ledger.write(standing)
    // A store that tells of changes is shared: the page that made this generation saves it.
    else if (effect.type === 'save') session && !(effect.adopted && store.subscribe) && sessions.save(session)
    else if (effect.type === 'clear-store') sessions.clear()
    else if (effect.type === 'publish') sync.publish(effect.tokens)
    else if (effect.type === 'revoke') revocation = revoker.revoke(effect.session ?? {})
    else if (effect.type === 'ended') onEnded(effect.reason)
  }

  /** Where pages can not lock each other out, only the leader may spend a refresh token. */
  function fly(trigger: RefreshTrigger): void {
    if (!tabs.elect || leadership.isLeader) void refresher.run(trigger)
    else if (trigger !== 'timer') sync.need()
  }

  /** After each change: serve who waits, and set the one timer anew. */
  function settle(): void {
    cache.update(asleep ? undefined : liveSession(state()), limits.endsAt())
    queue.flush()
    refresher.reconsider()
    const status = statusOf(state())
    if (announceStart && status !== 'starting') {
      announceStart()
      announceStart = undefined
      emit({ type: 'started', status })
    }
    // Who waits is reason enough for a flight, also for one right after another.
    if (queue.size > 0) fly('request')
    schedule()
    snapshots.update()
  }

  function flightAt(): number {
    const place = { isLeader: leadership.isLeader, visible: environment.visible(), spread }
    const at = nextFlightAt(state(), { endpoint: transport, place, waiting: queue.size > 0, now: clock.now() })
    return Math.max(at ?? Number.POSITIVE_INFINITY, refresher.restsUntil)
  }

  function schedule(): void {
    if (closing.signal.aborted) return scheduler.set(undefined)
    const never = Number.POSITIVE_INFINITY
    scheduler.set(
      Math.min(
        refresher.flying ? never : flightAt(),
        queue.nextDeadline() ?? never,
        state().phase === 'restoring' ? startDueAt : never,
        limits.nextAt(),
      ),
    )
  }

  function tick(): void {
    limits.judge()
    if (state().phase === 'restoring' && clock.now() >= startDueAt) dispatch({ type: 'phase', phase: 'overdue' })
    if (clock.now() >= flightAt()) fly('timer')
    settle()
  }

  /** Judged at every call: the timer may be late, and no request may leave after a limit or from a cached page. */
  function decide(need: Need) {
    if (asleep) catchUp()
    if (clock.now() >= limits.endsAt()) limits.judge()
    return accessFor(state(), need, clock.now(), policy.refreshLead)
  }

  function retryAfterMs(): number | undefined {
    const notBefore = pendingAttempt(state())?.notBefore
    return notBefore === undefined ? undefined : Math.max(0, notBefore - clock.now())
  }

  function readLedger(): void {
    dispatch({ type: 'learned', from: 'ledger', ledger: ledger.read() })
    const lag = clock.now() - clock.wallNow()
    if (lag - lagMs > ANSWER_MS) sync.relisten()
    lagMs = lag
  }

  /** First reconcile, then judge; only then may something be sent. */
  function catchUp(): void {
    asleep = false
    readLedger()
    limits.judge()
  }

  function wake(): void {
    catchUp()
    dispatch({ type: 'online', online: environment.online() })
    revoker.hurry()
    if (pendingAttempt(state())?.failures) fly('wake')
    tick()
  }

  function fallAsleep(): void {
    asleep = true
    settle()
  }

  function onSignal(signal: PageSignal): void {
    if (signal === 'offline') dispatch({ type: 'online', online: false })
    else if (signal === 'hidden') schedule()
    else if (signal === 'freeze') fallAsleep()
    else if (signal === 'pagehide') {
      fallAsleep()
      refresher.letGo()
      leadership.leave()
      sync.leave()
    } else {
      sync.join()
      leadership.join()
      wake()
      // A page that was away has missed what was said meanwhile.
      if (signal === 'pageshow' || signal === 'resume') void sync.ask(ANSWER_MS)
    }
  }

  async function loadSession(): Promise<void> {
    const loaded = new AbortController()
    const session = await Promise.race([sessions.load(), pause(maxWaitMs, loaded.signal)])
    loaded.abort()
    if (session) dispatch({ type: 'learned', from: 'store', session })
  }

  async function restore(): Promise<void> {
    readLedger()
    const isLive = () => liveSession(state()) !== undefined
    const asking = sync.ask(WELCOME_MS, isLive)
    await loadSession()
    if (!isLive()) await asking
    limits.judge()
    if (state().phase !== 'loading' || closing.signal.aborted) return
    const byCookie = !isLive() && transport.refreshTokenIn === 'cookie' && mayRestore(state())
    if (state().ledger?.revocationPending) revocation = revoker.revoke({})
    startDueAt = clock.now() + maxWaitMs
    dispatch({ type: 'phase', phase: byCookie ? 'restoring' : 'ready' })
    if (byCookie) fly('restore')
  }

  return {
    get state() {
      if (asleep) catchUp()
      return state()
    },
    admission,
    log,
    snapshots,
    cache,
    diagnostics: () => ({
      queued: queue.size,
      isLeader: leadership.isLeader,
      tabs: sync.tabs,
      tab,
      droppedMessages: sync.dropped,
    }),
    dispatch,
    emit,
    readLedger,
    async start() {
      if (ports.nowhere || closing.signal.aborted) return
      stops.push(environment.subscribe(onSignal), ports.ledger.subscribe(readLedger), sync.leave, leadership.leave)
      if (policy.idleTimeoutMs !== undefined) {
        stops.push(watchActivity(clock, environment, () => dispatch({ type: 'active', now: clock.now() })))
      }
      ports.onDegraded((capability, detail) => emit({ type: 'capability-degraded', capability, detail }))
      sync.join()
      leadership.join()
      await restore()
      await started
    },
    revoked: () => revocation,
    async close() {
      closing.abort()
      queue.rejectAll(new TokenManagerError('disposed', 'The token manager was disposed.'))
      schedule()
      revoker.cancel()
      refresher.dispose()
      // A refresh that was sent is waited for: its answer may hold the only valid refresh token.
      await refresher.settled()
      await sync.fence()
      for (const stop of stops.splice(0)) stop()
    },
  }
}
