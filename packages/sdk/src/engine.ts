import { watchActivity } from './coordination/activity.ts'
import { type Admission, createAdmission } from './coordination/admission.ts'
import { createEventLog, type EventLog } from './coordination/event-log.ts'
import { createLeadership } from './coordination/leadership.ts'
import { createLedgerKeeper } from './coordination/ledger-keeper.ts'
import { createLimitKeeper } from './coordination/limit-keeper.ts'
import { createNews } from './coordination/news.ts'
import { followPage } from './coordination/page-life.ts'
import { createRefresher } from './coordination/refresher.ts'
import { createRequestQueue } from './coordination/request-queue.ts'
import { createRevoker } from './coordination/revoker.ts'
import { createRunner } from './coordination/runner.ts'
import { createScheduler, sleep } from './coordination/scheduler.ts'
import { createSender } from './coordination/sender.ts'
import { createSnapshotFeed, type SnapshotFeed } from './coordination/snapshot-feed.ts'
import { createStarter } from './coordination/starter.ts'
import { createStoreKeeper } from './coordination/store-keeper.ts'
import { createTabSync } from './coordination/tab-sync.ts'
import { createTokenCache, type TokenCache } from './coordination/token-cache.ts'
import { accessFor, type Need } from './decisions/access.ts'
import type { Effect, Happening } from './decisions/happening.ts'
import { snapshotOf } from './decisions/snapshot.ts'
import { initialState, liveSession, pendingAttempt, type State } from './decisions/state.ts'
import { nextFlightAt } from './decisions/timetable.ts'
import { TokenManagerError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import type { Ports } from './ports.ts'
import type { Diagnostics, RefreshTrigger, SessionEvent, SessionEventDetail, SignOutReason } from './types.ts'

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
  const { transport, policy } = options
  const { clock, tabs, environment, store } = ports
  const spread = ports.random.next()
  const closing = new AbortController()
  const stops: Array<() => void> = []
  let revocation: Promise<void> = Promise.resolve()
  const state = () => runner.state
  const log = createEventLog(ports.reportError)
  const runner = createRunner(initialState(environment.online(), ports.nowhere ? 'ready' : 'loading'), perform, settle)
  const { dispatch } = runner
  /** What the parts have in common; each takes what it needs of it. */
  const context = {
    ...options,
    ...ports,
    namespace,
    tab,
    state,
    dispatch,
    emit,
    decide,
    sleep: (ms: number, signal: AbortSignal) => sleep(clock, ms, signal),
  }
  const snapshots = createSnapshotFeed(
    () => snapshotOf(state(), { policy, endpoint: transport, lagMs: clock.now() - clock.wallNow() }),
    ports.reportError,
  )
  const cache = createTokenCache(clock, policy.refreshLead)
  const ledger = createLedgerKeeper({ ...context, store: ports.ledger })
  const sessions = createStoreKeeper(clock, store, (detail) =>
    emit({ type: 'capability-degraded', capability: 'store', detail }),
  )
  const scheduler = createScheduler(clock, tick)
  const limits = createLimitKeeper(context)
  const queue = createRequestQueue({ ...context, retryAfterMs })
  const leadership = createLeadership({
    ...context,
    elect: tabs.elect,
    onChange(isLeader) {
      emit({ type: 'leader-changed', isLeader })
      schedule()
    },
  })
  const sync = createTabSync({
    ...context,
    isAsleep: () => life.isAsleep,
    onNeed: () => leadership.isLeader && void refresher.run('request'),
  })
  const news = createNews({
    ...context,
    readLedger: ledger.read,
    loadSession: sessions.load,
    ask: sync.ask,
    onJump: sync.relisten,
  })
  const starter = createStarter({
    ...context,
    welcome: news.welcome,
    judge: limits.judge,
    restore: () => fly('restore'),
    revoke() {
      revocation = revoker.revoke({})
    },
  })
  const revoker = createRevoker({
    ...context,
    refreshSettled: () => refresher.settled(),
    isPending: () => ledger.read()?.revocationPending === true,
  })
  const refresher = createRefresher({
    ...context,
    lookAgain: news.lookAgain,
    askPeers: news.askAwake,
    fence: sync.fence,
    send: createSender({
      ...context,
      lookAgain: news.lookAgain,
      revoke: (tokens) => void revoker.revoke(tokens),
    }),
  })
  const admission = createAdmission({
    ...context,
    refresh: fly,
    wait(need, signal) {
      const waiting = queue.wait(need, signal)
      schedule()
      return waiting
    },
  })
  const life = followPage(environment, {
    join() {
      sync.join()
      leadership.join()
    },
    leave() {
      refresher.letGo()
      leadership.leave()
      sync.leave()
    },
    reconcile() {
      news.read()
      limits.judge()
    },
    wake(wasAway) {
      dispatch({ type: 'online', online: environment.online() })
      revoker.hurry()
      if (pendingAttempt(state())?.failures) fly('wake')
      tick()
      // A page that was away has missed what was said meanwhile.
      if (wasAway) news.catchUp()
    },
    offline: () => dispatch({ type: 'online', online: false }),
    changed: settle,
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
    cache.update(life.isAsleep ? undefined : liveSession(state()), limits.endsAt())
    queue.flush()
    refresher.reconsider()
    starter.look()
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
    const never = Number.POSITIVE_INFINITY
    const nextAt = Math.min(
      refresher.flying ? never : flightAt(),
      queue.nextDeadline() ?? never,
      starter.dueAt,
      limits.nextAt(),
    )
    scheduler.set(closing.signal.aborted ? never : nextAt)
  }

  function tick(): void {
    limits.judge()
    if (clock.now() >= flightAt()) fly('timer')
    settle()
  }

  /** Judged at every call: the timer may be late, and no request may leave after a limit or from a cached page. */
  function decide(need: Need) {
    life.catchUp()
    if (clock.now() >= limits.endsAt()) limits.judge()
    return accessFor(state(), need, { now: clock.now(), lead: policy.refreshLead })
  }

  function retryAfterMs(): number | undefined {
    const notBefore = pendingAttempt(state())?.notBefore
    return notBefore === undefined ? undefined : Math.max(0, notBefore - clock.now())
  }

  return {
    get state() {
      life.catchUp()
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
    readLedger: news.read,
    async start() {
      if (ports.nowhere || closing.signal.aborted) return
      stops.push(life.follow(), ports.ledger.subscribe(news.read), sync.leave, leadership.leave)
      if (policy.idleTimeoutMs !== undefined) {
        stops.push(watchActivity(clock, environment, () => dispatch({ type: 'active', now: clock.now() })))
      }
      ports.onDegraded((capability, detail) => emit({ type: 'capability-degraded', capability, detail }))
      sync.join()
      leadership.join()
      await starter.run()
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
