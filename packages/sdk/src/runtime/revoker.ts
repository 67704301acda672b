import { isTokenManagerError } from '../errors.ts'
import type { Lock, Random, RefreshTransport, RevokeRequest } from '../ports.ts'
import type { Ended, Happening, Revocable } from '../session/actions.ts'
import { backoffMs } from '../session/backoff.ts'
import type { SessionPolicy } from '../session/policy.ts'
import { owedBy, planRevocation, revokedBy } from '../session/revocation.ts'
import type { State } from '../session/state.ts'

export interface RevokerDependencies {
  random: Random
  lock: Lock
  namespace: string
  transport: RefreshTransport
  fetch: RevokeRequest['fetch']
  policy: SessionPolicy
  refreshTimeoutMs: number
  state(): State
  dispatch(happening: Happening): void
  /** The ledger, at once. */
  read(): void
  /** This page is frozen or cached: it would keep the lock and do nothing. */
  isAsleep(): boolean
  /** Settles when no refresh is under way: its late answer may bring another token, or bring a cookie back. */
  refreshSettled(): Promise<void>
  /** Settles when the store holds what it is to hold: the new session first, then the end of the one before. */
  stored(): Promise<void>
  sleep(ms: number, ...ends: (AbortSignal | Promise<unknown>)[]): Promise<unknown>
}

/** How long a page that is done with waits for the endpoint to hear of its sign-out. */
const LAST_WORD_MS = 3_000
/** The lock is held on: the next page in line must not get it before it has got the news. */
const LINGER_MS = 1_000
/** Pages that have tokens of the session stand in line before one that has none. */
const YIELD_MS = 1_000

interface Task {
  ended: Ended
  tokens: Revocable
  /** This page's own act, which its caller waits for. */
  isOwn: boolean
  /** Settles after the first try, or when there is nothing to try. */
  tried: Promise<void>
  onTried(): void
  isTried?: boolean
  /** Stands in line for the lock, or holds it. */
  line?: AbortController | undefined
  request?: AbortController
}

export interface Revoker {
  /** Tells the endpoint of the end, unless another page does: again and again until it has heard. */
  revoke(ended: Ended, tokens: Revocable, isOwn: boolean): void
  /** Makes up for what earlier pages could not tell. */
  makeUp(): void
  /** Settles when each sign-out of this page has been tried; undefined where there is none. */
  tried(): Promise<unknown> | undefined
  /** To be called after each change: another page may have told the endpoint, or this one may have fallen asleep. */
  reconsider(): void
  /** Tries at once what is waiting for the next try. */
  hurry(): void
  /** Gives up for good, once all has been tried: the page is done with. */
  cancel(): Promise<void>
}

export function createRevoker(dependencies: RevokerDependencies): Revoker {
  const { lock, transport, policy, state, dispatch, sleep } = dependencies
  const by = revokedBy(transport)
  const tasks = new Map<string, Task>()
  const giveUp = new AbortController()
  /** Ends the pauses between tries. */
  let pause = new AbortController()

  const hasToken = ({ tokens }: Task) => tokens.refreshToken !== undefined || tokens.accessToken !== undefined
  const planOf = (task: Task) =>
    by ? planRevocation(state().ledger, { by, ended: task.ended, hasToken: hasToken(task) }) : 'done'

  function leave(task: Task): void {
    task.line?.abort()
    task.line = undefined
  }

  function drop(task: Task): void {
    tasks.delete(task.ended.sid)
    task.onTried()
    leave(task)
    task.request?.abort()
  }

  async function tell(
    { tokens, ended: { sessionId } }: Task,
    request: AbortController,
  ): Promise<'told' | 'lost' | undefined> {
    const { signal } = request
    const named = sessionId === undefined ? tokens : { ...tokens, sessionId }
    const answer = Promise.resolve()
      .then(() => transport.revoke?.({ ...named, signal, fetch: dependencies.fetch }))
      .then(
        () => 'told' as const,
        (error) => (isTokenManagerError(error) && error.code === 'identity_changed' ? 'lost' : undefined),
      )
    await sleep(dependencies.refreshTimeoutMs, answer, signal)
    request.abort()
    // A transport of the app's own may not heed the signal.
    return Promise.race([answer, undefined])
  }

  /**
   * Under the lock, so that one page tells the endpoint.
   * @param line aborts when the page is to leave the line; without one there is one try
   */
  async function insist(task: Task, line?: AbortSignal): Promise<void> {
    await Promise.all([dependencies.refreshSettled(), dependencies.stored()])
    for (let failures = 1; ; failures++) {
      dependencies.read()
      if (line?.aborted || giveUp.signal.aborted) return
      const { ended, tokens } = task
      const plan = planOf(task)
      if (plan === 'give-up') dispatch({ type: 'revocation-lost', of: ended })
      if (plan !== 'send') return
      const { ledger } = state()
      const generation = ledger?.sid === ended.sid ? ledger.signedOut?.generation : undefined
      // What has come back while this try fails is a reason for another at once.
      const { signal: hurried } = pause
      task.request = new AbortController()
      task.isTried = true
      const outcome = await tell(task, task.request)
      if (outcome === 'told') dispatch({ type: 'revoked', of: ended, generation })
      if (outcome === 'lost') dispatch({ type: 'revocation-lost', of: ended })
      // A late answer may have brought newer tokens meanwhile.
      if (outcome && task.tokens === tokens) {
        drop(task)
        await sleep(LINGER_MS, giveUp.signal)
        return
      }
      task.onTried()
      if (!line) return
      const delayMs = backoffMs({ failures, error: '', retry: policy.retry, random: dependencies.random.next() })
      if (!outcome) await sleep(delayMs, hurried, line, giveUp.signal)
    }
  }

  function enter(task: Task): void {
    const line = new AbortController()
    const { signal } = line
    task.line = line
    const name = `${dependencies.namespace}:revoke:${task.ended.sid}`
    const join = () => lock.request(name, { signal }, () => insist(task, signal))
    const isLast = by === 'token' && !hasToken(task)
    const turn = isLast ? sleep(YIELD_MS, signal).then(join) : join()
    turn.then(task.onTried, task.onTried)
  }

  function reconsider(): void {
    if (giveUp.signal.aborted) return
    for (const task of [...tasks.values()]) {
      const plan = planOf(task)
      const isAsleep = dependencies.isAsleep()
      if (plan === 'done') drop(task)
      else if (plan !== 'wait' && !isAsleep) task.line ?? enter(task)
      else {
        leave(task)
        // The cookie may soon be that of somebody else.
        if (plan === 'wait') task.request?.abort()
        // A page that is left may have no other turn.
        else if (plan === 'send' && task.isOwn && !task.isTried) {
          task.isTried = true
          void insist(task)
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
      let onTried = () => {}
      const tried = new Promise<void>((resolve) => {
        onTried = resolve
      })
      tasks.set(ended.sid, { ended, tokens, isOwn, tried, onTried })
    }
    reconsider()
  }

  function tried(): Promise<unknown> | undefined {
    const own = [...tasks.values()].filter(({ isOwn }) => isOwn)
    return own.length > 0 ? Promise.all(own.map((task) => task.tried)) : undefined
  }

  return {
    revoke,
    makeUp() {
      for (const ended of owedBy(state().ledger)) revoke(ended, {}, true)
    },
    tried,
    reconsider,
    hurry() {
      pause.abort()
      pause = new AbortController()
    },
    async cancel() {
      await sleep(LAST_WORD_MS, Promise.resolve(tried()))
      giveUp.abort()
      for (const task of [...tasks.values()]) drop(task)
    },
  }
}
