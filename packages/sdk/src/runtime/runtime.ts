import { TokenManagerError } from '../errors.ts'
import { createPolicyWatch } from '../features/policy-watch.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { accessFor, type Need } from '../session/access.ts'
import { lagMsOf } from '../session/instants.ts'
import { quietMs } from '../session/refresh-plan.ts'
import { snapshotOf } from '../session/snapshot.ts'
import { initialState, liveSession, pendingAttempt } from '../session/state.ts'
import type { RefreshTrigger, SessionEvent, SignOutReason } from '../types.ts'
import { watchActivity } from './activity.ts'
import { createAdmission } from './admission.ts'
import { createAgenda } from './agenda.ts'
import { createEmitter } from './emitter.ts'
import { createEventLog } from './event-log.ts'
import { createLeadership } from './leadership.ts'
import { createLedgerKeeper } from './ledger-keeper.ts'
import { createLimitKeeper } from './limit-keeper.ts'
import { createListeners } from './listeners.ts'
import { createNews } from './news.ts'
import { followPage } from './page-life.ts'
import { createPerformer } from './performer.ts'
import { createRefresher } from './refresher.ts'
import { createRequestQueue } from './request-queue.ts'
import { createRevoker } from './revoker.ts'
import { createRunner } from './runner.ts'
import { createScheduler, sleep } from './scheduler.ts'
import { createSender } from './sender.ts'
import { createSignOut } from './sign-out.ts'
import { createSnapshotFeed } from './snapshot-feed.ts'
import { createStarter } from './starter.ts'
import { createStoreKeeper } from './store-keeper.ts'
import { createTabSync } from './tab-sync.ts'
import { createTokenCache } from './token-cache.ts'

export interface RuntimeOptions {
  options: ResolvedOptions
  ports: Ports
  /** Prefix of all names that pages share. */
  namespace: string
  tab: string
  /** `signedInAt`: when the session that lives began, by the wall clock. */
  onEvent(event: SessionEvent, signedInAt: number | undefined): void
  onEnded(reason: SignOutReason): void
}

/** One page's share in the session: the parts, wired over the ports of that page. */
export function createRuntime({ options, ports, namespace, tab, onEvent, onEnded }: RuntimeOptions) {
  const { transport, policy } = options
  const { clock, tabs, environment } = ports
  const closing = new AbortController()
  const stops: Array<() => void> = []
  const state = () => runner.state
  const log = createEventLog({ listeners: createListeners(ports.reportError), later: (run) => clock.setTimer(0, run) })
  const initial = initialState(environment.online(), ports.nowhere ? 'ready' : 'loading')
  const runner = createRunner(initial, (effect) => perform(effect), settle)
  const { dispatch } = runner
  const emit = createEmitter({ clock, tab, state, append: log.append, onEvent })
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
    isAsleep: () => life.isAsleep || closing.signal.aborted,
    restore: () => fly('restore'),
    check: createPolicyWatch({ policy, emit }),
    closing: closing.signal,
    sleep: (ms: number, ...ends: (AbortSignal | Promise<unknown>)[]) => sleep(clock, ms, ...ends),
  }
  const snapshots = createSnapshotFeed({
    take: () => snapshotOf(state(), { policy, endpoint: transport, lagMs: lagMsOf(clock) }),
    listeners: createListeners(ports.reportError),
  })
  const cache = createTokenCache(clock, policy.refreshLead)
  const ledger = createLedgerKeeper({ ...context, store: ports.ledger })
  const sessions = createStoreKeeper(context)
  const scheduler = createScheduler(clock, tick)
  const limits = createLimitKeeper({ ...context, watchActivity, ask: () => news.consult() })
  const queue = createRequestQueue({
    ...context,
    retryAfterMs: () => quietMs(state(), clock.now()),
    trouble: () => state().trouble,
    onStarved: () => dispatch({ type: 'starved' }),
  })
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
    tabs: { ...tabs, listen: (listener) => tabs.listen((message) => life.hear(() => listener(message))) },
    // A session that may be over is not handed on.
    state: () => (isOver() ? { ledger: state().ledger } : state()),
    onNeed: () => tabs.elect && leadership.isLeader && fly('request'),
  })
  const news = createNews({
    ...context,
    readLedger: ledger.read,
    loadSession: sessions.load,
    ask: sync.ask,
    judge: limits.judgeInformed,
  })
  const revoker = createRevoker({
    ...context,
    ...news,
    refreshSettled: () => refresher.settled(),
    stored: sessions.settled,
  })
  const starter = createStarter({ ...context, ...news, schedule, makeUp: revoker.makeUp })
  const refresher = createRefresher({
    ...context,
    ...news,
    landed: settle,
    need: sync.need,
    isFirst: () => leadership.isFirst,
    send: createSender({ ...context, ...news, isAway: () => life.isAway }),
  })
  const perform = createPerformer({ ...context, ...sync, ...news, ...revoker, ledger, sessions, onEnded })
  const signOut = createSignOut({ ...context, ...news, ...revoker, stored: sessions.settled })
  const agenda = createAgenda({ ...context, leadership, queue, refresher, limits, starter })
  const admission = createAdmission({
    ...context,
    refresh: fly,
    wait(need, signal) {
      const waiting = queue.wait(need, signal)
      schedule()
      return waiting
    },
  })
  const life = followPage({
    ...context,
    participants: [sync, leadership],
    letGo: () => [refresher.letGo(), ledger.read()],
    reconcile() {
      news.read()
      limits.judgeAnew()
    },
    // All pages share the cookie, and this one may be the only one that is left to revoke it.
    ask: () => [news.catchUp(), transport.refreshTokenIn === 'cookie' && revoker.makeUp()],
    hurry() {
      revoker.hurry()
      if (pendingAttempt(state())?.failures) fly('wake')
      tick()
    },
    changed: settle,
  })

  /** Nothing may be used of the session any more, but for what others may have to say. */
  const isOver = () => signOut.isUnderWay || limits.isOver()

  // A page that is frozen hears what others say, but would not hear of the answer: it would only keep the others waiting.
  function fly(trigger: RefreshTrigger): void {
    if (isOver() || life.isAsleep) return
    leadership.standAnew()
    void refresher.run(trigger)
  }

  /** After each change: serve who waits, and set the one timer anew. */
  function settle(): void {
    log.keepSubjectOf(liveSession(state())?.sid)
    cache.update(context.isAsleep() || isOver() ? undefined : liveSession(state()), limits.endsAt())
    if (!life.isAsleep) queue.flush()
    refresher.reconsider()
    revoker.reconsider()
    starter.look()
    // Who waits is reason enough for a flight, also for one right after another.
    if (queue.size > 0) fly('request')
    schedule()
    snapshots.update()
  }

  function schedule(): void {
    scheduler.set(closing.signal.aborted ? undefined : agenda.nextAt())
  }

  function tick(): void {
    limits.judge()
    if (agenda.isFlightDue()) fly('timer')
    settle()
  }

  /** At every call: the timer may be late, and nothing may be used after a limit or in a page back from the cache. */
  function look(): void {
    life.catchUp()
    if (limits.isOver()) limits.judge()
  }

  function decide(need: Need) {
    life.wakeUp()
    look()
    return accessFor(state(), need, { now: clock.now(), lead: policy.refreshLead, isInDoubt: isOver() })
  }

  return {
    get state() {
      look()
      return state()
    },
    /** The session whose token may be used now. */
    get session() {
      look()
      return isOver() || closing.signal.aborted ? undefined : liveSession(state())
    },
    admission,
    log,
    snapshots,
    cache,
    diagnostics: () => ({ queued: queue.size, isLeader: leadership.isLeader, tab, ...sync.diagnostics() }),
    dispatch,
    emit,
    look,
    beActive: () => void (closing.signal.aborted || limits.beActive()),
    readLedger: news.read,
    /** Restores the session, if there is one; settles when that is known. */
    async start() {
      if (ports.nowhere || closing.signal.aborted) return
      stops.push(life.follow(), limits.watch(), sync.leave, leadership.leave)
      stops.push(ports.ledger.subscribe((written) => life.hear(() => news.read(written))))
      stops.push(sessions.follow(() => life.hear(news.stored)))
      ports.onDegraded((capability, detail) => emit({ type: 'capability-degraded', capability, detail }))
      for (const participant of [sync, leadership]) participant.join()
      await starter.run()
    },
    known: () => starter.known,
    signOut,
    stored: sessions.settled,
    check: context.check,
    async close() {
      closing.abort()
      settle()
      queue.rejectAll(new TokenManagerError('disposed', 'The token manager was disposed.'))
      refresher.dispose()
      // A refresh that was sent is waited for: its answer may hold the only valid refresh token.
      await refresher.settled()
      // The endpoint is told of a sign-out once at least.
      await revoker.cancel()
      await sessions.settled()
      for (const stop of stops.splice(0)) stop()
    },
  }
}
