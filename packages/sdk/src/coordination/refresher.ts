import { backoffMs } from '../decisions/backoff.ts'
import { isDue, planFlight, repeatable, spendable } from '../decisions/flight.ts'
import { grant } from '../decisions/grant.ts'
import type { Happening, Spent } from '../decisions/happening.ts'
import { sameSession } from '../decisions/reconcile.ts'
import { mayCommit } from '../decisions/session.ts'
import { liveSession, pendingAttempt, type State } from '../decisions/state.ts'
import type { Clock, Lock, Random, RefreshOutcome, RefreshTransport } from '../ports.ts'
import type { Attempt, RefreshTrigger, SessionPolicy, TokenSet } from '../types.ts'

/** A line that does not move for this long may have a hung page at its head. */
const PATIENCE_MS = 5_000

/** A timer that is later than this was held up. */
const LATE_MS = 1_000

/** How often a page that has to let another request settle looks whether it has. */
const LOOK_EVERY_MS = 1_000

/** The pause after a flight that led to nothing. */
const REST_MS = 1_000

/** How long the lock of a spent generation is held on: a page far behind must not get it before it has got the news. */
const LINGER_MS = 1_000

export interface RefresherDependencies {
  clock: Clock
  random: Random
  lock: Lock
  transport: RefreshTransport
  fetch: typeof fetch
  tab: string
  /** Prefix of the locks' names. */
  namespace: string
  policy: SessionPolicy
  refreshTimeoutMs: number
  state(): State
  dispatch(happening: Happening): void
  /** Looks whether another page did the work: ledger, and peers. */
  lookAgain(): Promise<void>
  /** Which other pages are awake. */
  askPeers(): Promise<ReadonlySet<string>>
  /** Resolves once what was told to the other pages has reached them. */
  fence(): Promise<void>
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Tokens that came after the session had ended. */
  revoke(tokens: TokenSet): void
}

export interface Refresher {
  /** Starts a flight or joins the one under way; settles with it and never rejects. */
  run(trigger: RefreshTrigger): Promise<void>
  /** To be called after each change of state: leaves the line if another page did the work meanwhile. */
  reconsider(): void
  readonly flying: boolean
  /** A flight that led to nothing is not repeated before, so that nothing ever spins. */
  readonly restsUntil: number
  /** Settles when no flight is under way. */
  settled(): Promise<void>
  /** Gives up locks that are held for safety's sake only: the page is about to be cached or closed. */
  letGo(): void
  /** No new flight; one that was sent is seen through. */
  dispose(): void
}

type Sent = Attempt & { spent: Spent }

export function createRefresher(dependencies: RefresherDependencies): Refresher {
  const { clock, lock, transport, policy, state, dispatch } = dependencies
  const disposal = new AbortController()
  let flight: Promise<void> | undefined
  let restsUntil = 0
  let line: { spent: Spent; moved: AbortController } | undefined
  let lingering = new AbortController()

  const isDone = (spent: Spent) => {
    const next = spendable(state(), transport)
    return !next || !sameSession(next, spent) || next.generation !== spent.generation
  }

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
      const hold = async () => {
        if (leave.signal.aborted) return
        entered.abort()
        const spentIt = await attempt(spent, trigger, moved.signal).finally(resolve)
        await dependencies.fence()
        if (spentIt) await dependencies.sleep(LINGER_MS, lingering.signal)
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
    for (;;) {
      await dependencies.sleep(PATIENCE_MS, over)
      const attempt = repeatable(state(), spent, transport)
      if (over.aborted) return false
      if (!attempt) continue
      // Who answers is only slow. To repeat what is under way would be safe only until its successor is used.
      const awake = await dependencies.askPeers()
      if (over.aborted) return false
      if (!awake.has(attempt.by)) return true
    }
  }

  /** Returns whether the generation's refresh token was spent. */
  async function attempt(spent: Spent, trigger: RefreshTrigger, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      await dependencies.lookAgain()
      if (signal.aborted) return false
      const plan = planFlight(state(), { spent, endpoint: transport, trigger, now: clock.now() })
      if (plan.kind === 'lost') dispatch({ type: 'lost' })
      if (plan.kind === 'wait') await dependencies.sleep(Math.min(plan.until - clock.now(), LOOK_EVERY_MS), signal)
      else if (plan.kind !== 'send') return false
      else {
        const startedAt = clock.now()
        const sent: Attempt = {
          key: plan.key ?? dependencies.random.id(),
          generation: spent.generation,
          by: dependencies.tab,
          number: plan.number,
          startedAt,
          expiresAt: startedAt + dependencies.refreshTimeoutMs,
          failures: plan.failures,
        }
        dispatch({ type: 'attempted', attempt: sent, trigger, now: startedAt })
        const outcome = await send(sent.key, plan.refreshToken)
        return judge({ ...sent, spent }, outcome)
      }
    }
  }

  /** The one place where a refresh token is spent. Not aborted by us before its time is up. */
  async function send(idempotencyKey: string, refreshToken: string | undefined): Promise<RefreshOutcome> {
    const controller = new AbortController()
    const settled = new AbortController()
    const request = {
      idempotencyKey,
      signal: controller.signal,
      fetch: dependencies.fetch,
      ...(refreshToken !== undefined && { refreshToken }),
    }
    const timeout = timeUp(settled.signal).then((): RefreshOutcome => {
      controller.abort(new DOMException('The refresh took too long.', 'TimeoutError'))
      return { kind: 'unavailable', error: 'timeout' }
    })
    const answer = Promise.resolve()
      .then(() => transport.refresh(request))
      .catch((): RefreshOutcome => ({ kind: 'unavailable', error: 'transport_failed' }))
    try {
      return await Promise.race([answer, timeout])
    } finally {
      settled.abort()
    }
  }

  /** A page that was frozen gets the timer and the answer at once: the answer goes first. */
  async function timeUp(over: AbortSignal): Promise<void> {
    const dueAt = clock.now() + dependencies.refreshTimeoutMs
    await dependencies.sleep(dependencies.refreshTimeoutMs, over)
    if (clock.now() - dueAt > LATE_MS) await dependencies.sleep(LATE_MS, over)
  }

  async function judge(sent: Sent, outcome: RefreshOutcome): Promise<boolean> {
    const durationMs = clock.now() - sent.startedAt
    if (outcome.kind === 'tokens') {
      commit(sent, outcome.tokens)
      return true
    }
    if (outcome.kind === 'unavailable') {
      fail(sent, outcome, durationMs)
      return false
    }
    await dependencies.lookAgain()
    dispatch({ type: 'rejected', spent: sent.spent, error: outcome.error, durationMs, now: clock.now() })
    return true
  }

  function commit(sent: Sent, tokens: TokenSet): void {
    const { spent } = sent
    if (!mayCommit(state(), spent)) return dependencies.revoke(tokens)
    const previous = liveSession(state())
    const foreign = tokens.subject !== undefined && tokens.subject !== (state().subject ?? tokens.subject)
    const fresh = spent.epoch === 0 || spent.over || foreign
    const session = grant(tokens, {
      epoch: fresh ? spent.epoch + 1 : spent.epoch,
      sid: fresh ? dependencies.random.id() : spent.sid,
      generation: fresh ? 1 : spent.generation + 1,
      commitId: sent.key,
      ...(previous && !fresh && { previous }),
      first: fresh,
      sentAt: sent.startedAt,
      now: clock.now(),
      wallNow: clock.wallNow(),
      policy,
      random: dependencies.random.next(),
    })
    dispatch({ type: 'committed', session, attempt: sent, now: clock.now() })
  }

  function fail({ spent, ...sent }: Sent, outcome: RefreshOutcome & { kind: 'unavailable' }, durationMs: number): void {
    const now = clock.now()
    const { error, retryAfterMs } = outcome
    const failures = sent.failures + 1
    const retryAt = now + backoffMs({ failures, error, retry: policy.retry, random: dependencies.random.next() })
    const attempt: Attempt = { ...sent, expiresAt: now, failures, retryAt }
    if (retryAfterMs !== undefined) attempt.notBefore = now + retryAfterMs
    dispatch({ type: 'failed', spent, attempt, error, durationMs, now })
  }

  return {
    run(trigger) {
      if (flight) return flight
      const now = clock.now()
      const due = !disposal.signal.aborted && now >= restsUntil && isDue(pendingAttempt(state()), trigger, now)
      const spent = due ? spendable(state(), transport) : undefined
      if (!spent) return Promise.resolve()
      const before = state()
      flight = fly(spent, trigger).then(() => {
        restsUntil = state() === before ? clock.now() + REST_MS : 0
        flight = undefined
        line = undefined
        dispatch({ type: 'flight-ended' })
      })
      return flight
    },
    reconsider() {
      // Once it is sent the answer is waited for, whatever happens: it may carry the only valid refresh token.
      if (line && !state().refreshing && isDone(line.spent)) line.moved.abort()
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
      disposal.abort()
      lingering.abort()
      if (!state().refreshing) line?.moved.abort()
    },
  }
}
