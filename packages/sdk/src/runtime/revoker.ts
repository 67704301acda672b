import { isTokenManagerError } from '../errors.ts'
import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import type { Ended, Revocable } from '../session/actions.ts'
import { backoffMs } from '../session/backoff.ts'
import { owedBy, planRevocation, revokedBy } from '../session/revocation.ts'
import type { Page } from './page.ts'
import type { Peers } from './peers.ts'
import type { Persistence } from './persistence.ts'
import type { Refresher } from './refresher.ts'
import type { Store } from './session-store.ts'
import { sleep } from './timer.ts'

/** How long a page that is done with waits for the endpoint to hear of its sign-out. */
const LAST_WORD_MS = 3_000
/** The lock is held on: the next page in line must not get it before it has got the news. */
const HOLD_MS = 1_000
/** Pages that have tokens of the session stand in line before one that has none. */
const YIELD_MS = 1_000

interface Task {
  ended: Ended
  tokens: Revocable
  /** This page's own act, which its caller waits for. */
  isOwn: boolean
  /** Settles after the first try, or when there is nothing to try. */
  firstAttempt: Promise<void>
  onFirstAttempt(): void
  isAttempted?: boolean
  /** Stands in line for the lock, or holds it. */
  line?: AbortController | undefined
  request?: AbortController
}

/** Tells the endpoint that sessions have ended, unless another page does: again and again until it has heard. */
export interface Revoker {
  /** Makes up for what earlier pages could not tell. */
  revokeOwed(): void
  /** Settles when each sign-out of this page has been tried; undefined where there is none. */
  firstAttemptDone(): Promise<unknown> | undefined
  /** To be called after each change: another page may have told the endpoint, or this one may have fallen asleep. */
  update(): void
  /** Tries at once what is waiting for the next try. */
  retryNow(): void
  /** Gives up for good, once all has been tried: the page is done with. */
  cancel(): Promise<void>
}

export interface RevokerParts {
  page: Pick<Page, 'isInactive'>
  store: Pick<Store, 'state' | 'dispatch' | 'onEffect'>
  persistence: { session: Pick<Persistence['session'], 'settled'> }
  peers: Pick<Peers, 'syncLedger'>
  refresher: Pick<Refresher, 'settled'>
}

export function createRevoker(
  { clock, random, lock, fetch }: Pick<Ports, 'clock' | 'random' | 'lock' | 'fetch'>,
  {
    namespace,
    transport,
    policy,
    refreshTimeoutMs,
  }: Pick<RuntimeOptions, 'namespace' | 'transport' | 'policy' | 'refreshTimeoutMs'>,
  { page, store, persistence, peers, refresher }: RevokerParts,
): Revoker {
  const by = revokedBy(transport)
  const tasks = new Map<string, Task>()
  const giveUp = new AbortController()
  /** Ends the pauses between tries. */
  let pause = new AbortController()

  const hasToken = ({ tokens }: Task) => tokens.refreshToken !== undefined || tokens.accessToken !== undefined
  const planOf = (task: Task) =>
    by ? planRevocation(store.state.ledger, { by, ended: task.ended, hasToken: hasToken(task) }) : 'done'

  function leave(task: Task): void {
    task.line?.abort()
    task.line = undefined
  }

  function drop(task: Task): void {
    tasks.delete(task.ended.sid)
    task.onFirstAttempt()
    leave(task)
    task.request?.abort()
  }

  async function notifyEndpoint(
    { tokens, ended: { sessionId } }: Task,
    request: AbortController,
  ): Promise<'told' | 'lost' | undefined> {
    const { signal } = request
    const named = sessionId === undefined ? tokens : { ...tokens, sessionId }
    const answer = Promise.resolve()
      .then(() => transport.revoke?.({ ...named, signal, fetch }))
      .then(
        () => 'told' as const,
        (error) => (isTokenManagerError(error) && error.code === 'identity_changed' ? 'lost' : undefined),
      )
    await sleep(clock, refreshTimeoutMs, answer, signal)
    request.abort()
    // A transport of the app's own may not heed the signal.
    return Promise.race([answer, undefined])
  }

  /**
   * Under the lock, so that one page tells the endpoint.
   * @param line aborts when the page is to leave the line; without one there is one try
   */
  async function retryRevocation(task: Task, line?: AbortSignal): Promise<void> {
    // A late answer may bring another token or cookie, and the store is to hold the new session before the old one is gone.
    await Promise.all([refresher.settled(), persistence.session.settled()])
    for (let failures = 1; ; failures++) {
      peers.syncLedger()
      if (line?.aborted || giveUp.signal.aborted) return
      const { ended, tokens } = task
      const plan = planOf(task)
      if (plan === 'give-up') {
        store.dispatch({ type: 'revocation-lost', of: ended })
        // The next in line is to hear of it, and not to say so again.
        await sleep(clock, HOLD_MS, giveUp.signal)
      }
      if (plan !== 'send') return
      const { ledger } = store.state
      const generation = ledger?.sid === ended.sid ? ledger.signedOut?.generation : undefined
      // What has come back while this try fails is a reason for another at once.
      const { signal: hurried } = pause
      task.request = new AbortController()
      task.isAttempted = true
      const outcome = await notifyEndpoint(task, task.request)
      if (outcome === 'told') store.dispatch({ type: 'revoked', of: ended, generation })
      if (outcome === 'lost') store.dispatch({ type: 'revocation-lost', of: ended })
      // A late answer may have brought newer tokens meanwhile.
      if (outcome && task.tokens === tokens) {
        drop(task)
        await sleep(clock, HOLD_MS, giveUp.signal)
        return
      }
      task.onFirstAttempt()
      if (!line) return
      const delayMs = backoffMs({ failures, error: '', retry: policy.retry, random: random.next() })
      if (!outcome) await sleep(clock, delayMs, hurried, line, giveUp.signal)
    }
  }

  function enter(task: Task): void {
    const line = new AbortController()
    const { signal } = line
    task.line = line
    const name = `${namespace}:revoke:${task.ended.sid}`
    const join = () => lock.request(name, { signal }, () => retryRevocation(task, signal))
    const isLast = by === 'token' && !hasToken(task)
    const turn = isLast ? sleep(clock, YIELD_MS, signal).then(join) : join()
    turn.then(task.onFirstAttempt, task.onFirstAttempt)
  }

  function update(): void {
    if (giveUp.signal.aborted) return
    for (const task of [...tasks.values()]) {
      const plan = planOf(task)
      const isAsleep = page.isInactive()
      if (plan === 'done') drop(task)
      else if (plan !== 'wait' && !isAsleep) task.line ?? enter(task)
      else {
        leave(task)
        // The cookie may soon be that of somebody else.
        if (plan === 'wait') task.request?.abort()
        // A page that is left may have no other turn.
        else if (plan === 'send' && task.isOwn && !task.isAttempted) {
          task.isAttempted = true
          void retryRevocation(task)
        }
      }
    }
  }

  function revoke(ended: Ended, tokens: Revocable, isOwn: boolean): void {
    if (!by || giveUp.signal.aborted) return
    const { refreshToken, accessToken } = tokens
    const known = tasks.get(ended.sid)
    if (known) {
      known.isOwn ||= isOwn
      if (refreshToken ?? accessToken) {
        // It need not stand behind the others any more.
        if (!hasToken(known)) leave(known)
        known.tokens = { ...known.tokens, ...tokens }
      }
    } else {
      let onFirstAttempt = () => {}
      const firstAttempt = new Promise<void>((resolve) => {
        onFirstAttempt = resolve
      })
      tasks.set(ended.sid, { ended, tokens, isOwn, firstAttempt, onFirstAttempt })
    }
    update()
  }

  function firstAttemptDone(): Promise<unknown> | undefined {
    const own = [...tasks.values()].filter(({ isOwn }) => isOwn)
    return own.length > 0 ? Promise.all(own.map((task) => task.firstAttempt)) : undefined
  }

  store.onEffect('revoke', ({ ended, tokens, isOwn }) => revoke(ended, tokens, isOwn))
  return {
    revokeOwed() {
      for (const ended of owedBy(store.state.ledger)) revoke(ended, {}, true)
    },
    firstAttemptDone,
    update,
    retryNow() {
      pause.abort()
      pause = new AbortController()
    },
    async cancel() {
      await sleep(clock, LAST_WORD_MS, Promise.resolve(firstAttemptDone()))
      giveUp.abort()
      for (const task of [...tasks.values()]) drop(task)
    },
  }
}
