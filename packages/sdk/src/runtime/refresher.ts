import type { Claims, Clock, Lock, Random, RefreshTransport } from '../ports.ts'
import type { Happening, Spent } from '../session/actions.ts'
import { isDone, isDue, planFlight, repeatable, spendable } from '../session/refresh-plan.ts'
import { pendingAttempt, type State } from '../session/state.ts'
import type { Attempt, Endpoint, RefreshTrigger } from '../types.ts'

/** How long the lock of a spent generation is held on: a page far behind must not get it before it has got the news. */
const LINGER_MS = 1_000
/** A lock that is free is granted within this. */
const UNCONTENDED_MS = 5
/** How long the news of whoever held it may take, where that is not there any more to be asked. */
const NEWS_MS = 100
/** The pause after a flight that led to nothing; and the least that the leader is given to act, half of the most. */
const REST_MS = 1_000
/** A line that does not move for this long may have a hung page at its head. */
const PATIENCE_MS = 5_000
/** How often a page that has to let another request settle looks whether it has. */
const LOOK_EVERY_MS = 1_000

export interface RefresherDependencies {
  clock: Clock
  random: Random
  lock: Lock
  /** Where the locks hold within this page only. */
  claims?: Claims | undefined
  transport: Endpoint & Pick<RefreshTransport, 'marker'>
  tab: string
  /** Prefix of the locks' names. */
  namespace: string
  refreshTimeoutMs: number
  state(): State
  /** This page is frozen or cached. */
  isAsleep(): boolean
  /** Else the leader is asked first, and this page acts if that led to nothing. */
  isFirst(): boolean
  need(): void
  dispatch(happening: Happening): void
  /** Looks whether another page did the work: ledger, store and peers. */
  lookAgain(): Promise<void>
  /** Which other pages are awake. */
  askAwake(): Promise<ReadonlySet<string>>
  /** No flight is under way any more. */
  landed(): void
  sleep(ms: number, signal: AbortSignal): Promise<boolean>
  /** Spends the refresh token; settles with whether it has a successor. */
  send(sent: { attempt: Attempt; spent: Spent; refreshToken: string | undefined }): Promise<boolean>
}

export interface Refresher {
  /** Starts a flight or joins the one under way; settles with it and never rejects. */
  run(trigger: RefreshTrigger): Promise<void>
  /** To be called after each change of state: leaves the line if another page did the work meanwhile. */
  reconsider(): void
  readonly flying: boolean
  /** A flight that led to nothing, or was left to the leader, is not repeated before, so that nothing ever spins. */
  readonly restsUntil: number
  /** Settles when no flight is under way. */
  settled(): Promise<void>
  /** Gives up locks that are held for safety's sake only: the page is about to be cached or closed. */
  letGo(): void
  /** No new flight; one that was sent is seen through. */
  dispose(): void
}

export function createRefresher(dependencies: RefresherDependencies): Refresher {
  const { clock, random, lock, claims, transport, refreshTimeoutMs, state, dispatch, sleep } = dependencies
  let disposed = false
  let lingering = new AbortController()
  let flight: Promise<void> | undefined
  let restsUntil = 0
  let hasAsked = false
  let line: { spent: Spent; moved: AbortController } | undefined

  function lockName({ sid, generation }: Spent): string {
    return `${dependencies.namespace}:${sid === '' ? 'restore' : `${sid}:${generation}`}`
  }

  /** Resolves when the flight has its result; the lock is held on beyond that. */
  function fly(spent: Spent, trigger: RefreshTrigger): Promise<void> {
    const moved = new AbortController()
    const leave = new AbortController()
    const entered = new AbortController()
    moved.signal.addEventListener('abort', () => leave.abort(), { once: true })
    line = { spent, moved }
    return new Promise((resolve) => {
      const askedAt = clock.now()
      const hold = async () => {
        if (leave.signal.aborted) return
        entered.abort()
        // Whoever went first may have succeeded and be gone, and its news is not in order with the lock.
        const now = clock.now()
        const isToldOfEnd = now >= (pendingAttempt(state())?.expiresAt ?? Number.POSITIVE_INFINITY)
        if (now - askedAt > UNCONTENDED_MS && !isToldOfEnd) await sleep(NEWS_MS, moved.signal)
        const isSucceeded = await attempt(spent, trigger, moved.signal).finally(resolve)
        if (isSucceeded) await sleep(LINGER_MS, lingering.signal)
      }
      lock
        .request(lockName(spent), { signal: leave.signal }, hold)
        .catch(() => {})
        .finally(() => {
          entered.abort()
          if (moved.signal.aborted || !leave.signal.aborted) resolve()
        })
      void passHungHead(spent, entered.signal).then((mayPass) => {
        if (!mayPass) return
        leave.abort()
        void attempt(spent, trigger, moved.signal).finally(resolve)
      })
    })
  }

  /** Whether this page may go ahead although it has not got the lock; settles when it has, or has left the line. */
  async function passHungHead(spent: Spent, over: AbortSignal): Promise<boolean> {
    while (await sleep(PATIENCE_MS, over)) {
      const attempt = repeatable(state(), spent, transport)
      // Who answers is only slow. To repeat what is under way would be safe only until its successor is used.
      if (attempt && !(await dependencies.askAwake()).has(attempt.by)) return !over.aborted
    }
    return false
  }

  /** Returns whether the generation's refresh token has a successor. */
  async function attempt(spent: Spent, trigger: RefreshTrigger, signal: AbortSignal): Promise<boolean> {
    let awake: ReadonlySet<string> | undefined
    // Else the lock has held this page up until the news had come.
    let isLate = claims === undefined
    const left = new Promise((resolve) => signal.addEventListener('abort', resolve))
    for (;;) {
      // In a page that falls asleep meanwhile neither store nor timer answers, and it must not keep the lock.
      await Promise.race([dependencies.lookAgain(), left])
      // Nobody would hear the answer in a page that fell asleep meanwhile.
      if (signal.aborted || dependencies.isAsleep()) return false
      const now = clock.now()
      const unlocked = claims && { tab: dependencies.tab, awake }
      const marker = transport.marker?.()
      const plan = planFlight(state(), { spent, endpoint: transport, trigger, unlocked, marker, now })
      if (plan.kind === 'lost' && isLate) dispatch({ type: 'lost' })
      if (plan.kind === 'lost' && !isLate) isLate = await sleep(LINGER_MS, signal)
      else if (plan.kind === 'wait' && claims && transport.replays) awake = await dependencies.askAwake()
      else if (plan.kind === 'wait') await sleep(Math.min(plan.until - now, LOOK_EVERY_MS), signal)
      else if (plan.kind !== 'send') return false
      else {
        const expiresAt = now + refreshTimeoutMs
        const number = claims ? await claims.claim(lockName(spent), plan.number, refreshTimeoutMs) : plan.number
        if (signal.aborted || dependencies.isAsleep()) return false
        // A page that hung meanwhile may be too late: its claim has passed, and what it knows is old.
        if (number === undefined || clock.now() >= expiresAt) {
          await sleep(LOOK_EVERY_MS, signal)
          continue
        }
        const attempt: Attempt = {
          key: plan.key ?? random.id(),
          generation: spent.generation,
          by: dependencies.tab,
          number,
          startedAt: now,
          expiresAt,
          failures: plan.failures,
          ...(marker !== undefined && { marker }),
          ...(plan.short && { short: plan.short }),
          ...(plan.repeats && { repeats: true }),
        }
        dispatch({ type: 'attempted', attempt, trigger, now })
        return dependencies.send({ attempt, spent, refreshToken: plan.refreshToken })
      }
    }
  }

  return {
    run(trigger) {
      if (flight) return flight
      const now = clock.now()
      const due = !disposed && now >= restsUntil && isDue(state(), pendingAttempt(state()), { trigger, now })
      const spent = due ? spendable(state(), transport) : undefined
      if (!spent) return Promise.resolve()
      // Who restores may be the only one who has anything to ask for.
      hasAsked = !hasAsked && !dependencies.isFirst() && trigger !== 'restore'
      if (hasAsked) {
        restsUntil = now + REST_MS * (1 + random.next())
        dependencies.need()
        return Promise.resolve()
      }
      const before = state()
      flight = fly(spent, trigger).then(() => {
        restsUntil = state() === before ? clock.now() + REST_MS : 0
        flight = undefined
        line = undefined
        dispatch({ type: 'flight-ended' })
        dependencies.landed()
      })
      return flight
    },
    reconsider() {
      if (!line || state().refreshing) return
      // Once it is sent the answer is waited for, whatever happens: it may carry the only valid refresh token. Before that
      // a page that falls asleep leaves the line: it would be given the lock, and keep it until somebody comes back.
      if (dependencies.isAsleep() || isDone(state(), line.spent, transport)) line.moved.abort()
    },
    get flying() {
      return flight !== undefined
    },
    get restsUntil() {
      return restsUntil
    },
    settled: () => flight ?? Promise.resolve(),
    letGo() {
      lingering.abort()
      lingering = new AbortController()
    },
    dispose() {
      disposed = true
      lingering.abort()
      if (!state().refreshing) line?.moved.abort()
    },
  }
}
