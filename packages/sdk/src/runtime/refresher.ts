import { hashOf } from '../codec/namespace.ts'
import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import type { RefreshTarget } from '../session/actions.ts'
import { isDone, isDue, nextAttemptAt, planRefresh, refreshTargetOf, repeatable } from '../session/refresh-plan.ts'
import { pendingAttempt } from '../session/state.ts'
import type { Attempt, RefreshTrigger } from '../types.ts'
import type { CrossTab } from './cross-tab.ts'
import type { Limits } from './limits.ts'
import type { Page } from './page.ts'
import type { Peers } from './peers.ts'
import type { Sender } from './sender.ts'
import type { Store } from './session-store.ts'
import { sleep, type Timer } from './timer.ts'

/** How long the lock of a spent generation is held on: a page far behind must not get it before it has got the news. */
const HOLD_MS = 1_000
/** A lock that is free is granted within this. */
const UNCONTENDED_MS = 5
/** How long the news of whoever held it may take, where that is not there any more to be asked. */
const NEWS_MS = 20
/** The pause after a refresh that led to nothing; and the least that the leader is given to act, half of the most. */
const REST_MS = 1_000
/** A line that does not move for this long may have a hung page at its head. */
const PATIENCE_MS = 5_000
/** How often a page that has to let another request settle looks whether it has. */
const LOOK_EVERY_MS = 1_000

export interface Refresher {
  /** Starts a refresh or joins the one under way, where one is due; settles with it and never rejects. */
  start(trigger: RefreshTrigger): Promise<void>
  /** Whether a refresh is due by itself, or for calls that wait. Then one is started. */
  startIfDue(isAwaited: boolean): void
  /** When a refresh is due by itself, or for calls that wait; in page time. */
  nextAt(isAwaited: boolean): number
  /** To be called after each change of state: leaves the line if another page did the work meanwhile. */
  cancelIfDone(): void
  /** Settles when no refresh is under way. */
  settled(): Promise<void>
  /** Gives up locks that are held for safety's sake only: the page is about to be cached or closed. */
  releaseLocks(): void
  /** No new refresh; one that was sent is seen through. */
  dispose(): void
}

export interface RefresherParts {
  page: Pick<Page, 'isAsleep' | 'isInactive'>
  timer: Pick<Timer, 'add'>
  store: Pick<Store, 'state' | 'dispatch' | 'notify'>
  crossTab: Pick<CrossTab, 'leadership' | 'requestRefresh' | 'onRefreshRequested'>
  peers: Pick<Peers, 'syncBeforeRefresh' | 'findResponsivePeers'>
  limits: Pick<Limits, 'isOver' | 'isBlocked' | 'evaluateInformed'>
  sender: Sender
}

export function createRefresher(
  { clock, random, lock, claims, environment }: Pick<Ports, 'clock' | 'random' | 'lock' | 'claims' | 'environment'>,
  {
    transport,
    tab,
    namespace,
    refreshTimeoutMs,
  }: Pick<RuntimeOptions, 'transport' | 'tab' | 'namespace' | 'refreshTimeoutMs'>,
  { page, timer, store, crossTab, peers, limits, sender }: RefresherParts,
): Refresher {
  /** Drawn once for the tab: the others do not all step in together for a leader that does not act. */
  const spread = random.next()
  const never = Number.POSITIVE_INFINITY
  let disposed = false
  let holding = new AbortController()
  let running: Promise<void> | undefined
  /** A refresh that led to nothing, or was left to the leader, is not repeated before, so that nothing ever spins. */
  let cooldownUntil = 0
  let hasAsked = false
  let line: { target: RefreshTarget; moved: AbortController } | undefined

  function lockName({ sid, generation }: RefreshTarget): string {
    return `${namespace}:${sid === '' ? 'restore' : `${sid}:${generation}`}`
  }

  /** A transport may be the app's own: its word must fit into the ledger, and must not keep a refresh from being sent. */
  function readMarker(): string | undefined {
    try {
      const word = transport.marker?.()
      return word && hashOf(`${word}`)
    } catch {
      return ''
    }
  }

  /** Resolves when the refresh has its result; the lock is held on beyond that. */
  function queueForLock(target: RefreshTarget, trigger: RefreshTrigger): Promise<void> {
    const moved = new AbortController()
    const leave = new AbortController()
    const entered = new AbortController()
    moved.signal.addEventListener('abort', () => leave.abort(), { once: true })
    line = { target, moved }
    return new Promise((resolve) => {
      const askedAt = clock.now()
      const hold = async () => {
        if (leave.signal.aborted) return
        entered.abort()
        // Whoever went first may have succeeded and be gone, and its news is not in order with the lock.
        const now = clock.now()
        const isToldOfEnd = now >= (pendingAttempt(store.state)?.expiresAt ?? Number.POSITIVE_INFINITY)
        if (now - askedAt > UNCONTENDED_MS && !isToldOfEnd) await sleep(clock, NEWS_MS, moved.signal)
        const isSucceeded = await attempt(target, trigger, moved.signal).finally(resolve)
        if (isSucceeded) await sleep(clock, HOLD_MS, holding.signal)
      }
      lock
        .request(lockName(target), { signal: leave.signal }, hold)
        .catch(() => {})
        .finally(() => {
          entered.abort()
          if (moved.signal.aborted || !leave.signal.aborted) resolve()
        })
      void passHungHead(target, entered.signal).then((mayPass) => {
        if (!mayPass) return
        leave.abort()
        void attempt(target, trigger, moved.signal).finally(resolve)
      })
    })
  }

  /** Whether this page may go ahead although it has not got the lock; settles when it has, or has left the line. */
  async function passHungHead(target: RefreshTarget, over: AbortSignal): Promise<boolean> {
    while (await sleep(clock, PATIENCE_MS, over)) {
      const attempt = repeatable(store.state, target, transport)
      // Who answers is only slow. To repeat what is under way would be safe only until its successor is used.
      if (attempt && !(await peers.findResponsivePeers()).has(attempt.by)) return !over.aborted
    }
    return false
  }

  /** What others did is taken in before the limits are judged, and both before anything is spent. */
  async function lookAgain(): Promise<void> {
    await peers.syncBeforeRefresh()
    limits.evaluateInformed()
  }

  /** Returns whether the generation's refresh token has a successor. */
  async function attempt(target: RefreshTarget, trigger: RefreshTrigger, signal: AbortSignal): Promise<boolean> {
    let awake: ReadonlySet<string> | undefined
    // Else the lock has held this page up until the news had come.
    let isLate = claims === undefined
    const left = new Promise((resolve) => signal.addEventListener('abort', resolve))
    for (;;) {
      // In a page that falls asleep meanwhile neither store nor timer answers, and it must not keep the lock.
      await Promise.race([lookAgain(), left])
      // Nobody would hear the answer in a page that fell asleep meanwhile.
      if (signal.aborted || page.isInactive()) return false
      const now = clock.now()
      const unlocked = claims && { tab, awake }
      const marker = readMarker()
      const plan = planRefresh(store.state, { target, endpoint: transport, trigger, unlocked, marker, now })
      if (plan.kind === 'unrefreshable' && isLate) store.dispatch({ type: 'unrefreshable' })
      if (plan.kind === 'unrefreshable' && !isLate) isLate = await sleep(clock, HOLD_MS, signal)
      else if (plan.kind === 'wait' && claims && transport.idempotentRefresh) awake = await peers.findResponsivePeers()
      else if (plan.kind === 'wait') await sleep(clock, Math.min(plan.until - now, LOOK_EVERY_MS), signal)
      else if (plan.kind !== 'send') return false
      else {
        const expiresAt = now + refreshTimeoutMs
        const number = claims ? await claims.claim(lockName(target), plan.number, refreshTimeoutMs) : plan.number
        if (signal.aborted || page.isInactive()) return false
        // A page that hung meanwhile may be too late: its claim has passed, and what it knows is old.
        if (number === undefined || clock.now() >= expiresAt) {
          await sleep(clock, LOOK_EVERY_MS, signal)
          continue
        }
        const attempt: Attempt = {
          key: plan.key ?? random.id(),
          generation: target.generation,
          by: tab,
          number,
          startedAt: now,
          expiresAt,
          failures: plan.failures,
          ...(marker !== undefined && { marker }),
          ...(plan.short && { short: plan.short }),
          ...(plan.repeats && { repeats: true }),
        }
        store.dispatch({ type: 'attempted', attempt, trigger, now })
        return sender.send({ attempt, target, refreshToken: plan.refreshToken })
      }
    }
  }

  function run(trigger: RefreshTrigger): Promise<void> {
    if (running) return running
    const now = clock.now()
    const due = !disposed && now >= cooldownUntil && isDue(store.state, pendingAttempt(store.state), { trigger, now })
    const target = due ? refreshTargetOf(store.state, transport) : undefined
    if (!target) return Promise.resolve()
    // Who restores may be the only one who has anything to ask for.
    hasAsked = !hasAsked && !crossTab.leadership.isFirst && trigger !== 'restore'
    if (hasAsked) {
      cooldownUntil = now + REST_MS * (1 + random.next())
      crossTab.requestRefresh()
      return Promise.resolve()
    }
    const before = store.state
    running = queueForLock(target, trigger).then(() => {
      cooldownUntil = store.state === before ? clock.now() + REST_MS : 0
      running = undefined
      line = undefined
      store.dispatch({ type: 'refresh-settled' })
      store.notify()
    })
    return running
  }

  // A page that is frozen hears what others say, but would not hear of the answer: it would only keep the others waiting.
  function start(trigger: RefreshTrigger): Promise<void> {
    if (limits.isBlocked() || page.isAsleep) return Promise.resolve()
    crossTab.leadership.rejoinElection()
    return run(trigger)
  }

  function dueAt(isAwaited: boolean): number {
    if (limits.isOver()) return never
    const place = { isLeader: crossTab.leadership.isLeader, visible: environment.visible(), spread }
    const at = nextAttemptAt(store.state, { endpoint: transport, place, waiting: isAwaited, now: clock.now() })
    return Math.max(at ?? never, cooldownUntil)
  }

  function startIfDue(isAwaited: boolean): void {
    if (clock.now() >= dueAt(isAwaited)) void start('timer')
  }

  const nextAt = (isAwaited: boolean) => (running ? never : dueAt(isAwaited))

  timer.add({ nextAt: () => nextAt(false), run: () => startIfDue(false) })
  crossTab.onRefreshRequested(() => void start('request'))
  return {
    start,
    startIfDue,
    nextAt,
    cancelIfDone() {
      if (!line || store.state.refreshing) return
      // Once it is sent the answer is waited for, whatever happens: it may carry the only valid refresh token. Before that
      // a page that falls asleep leaves the line: it would be given the lock, and keep it until somebody comes back.
      if (page.isInactive() || isDone(store.state, line.target, transport)) line.moved.abort()
    },
    settled: () => running ?? Promise.resolve(),
    releaseLocks() {
      holding.abort()
      holding = new AbortController()
    },
    dispose() {
      disposed = true
      holding.abort()
      if (!store.state.refreshing) line?.moved.abort()
    },
  }
}
