import { withoutTokens } from '../codec/refresh-answer.ts'
import { isToken } from '../codec/schema.ts'
import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import type { RefreshTarget } from '../session/actions.ts'
import { anotherLogin } from '../session/authentication.ts'
import { backoffMs } from '../session/backoff.ts'
import { brake } from '../session/brake.ts'
import { mayCommit, saysNobody } from '../session/fencing.ts'
import { checkTokens } from '../session/grant.ts'
import { lagMsOf } from '../session/instants.ts'
import { liveSession } from '../session/state.ts'
import type { Attempt, RefreshOutcome, TokenSet } from '../types.ts'
import type { Grants } from './grants.ts'
import type { Limits } from './limits.ts'
import type { Page } from './page.ts'
import type { Peers } from './peers.ts'
import type { Store } from './session-store.ts'
import { sleep } from './timer.ts'

/** No `Retry-After` keeps a session from its endpoint for longer. */
const LONGEST_QUIET_MS = 3_600_000

/** A timer that is later than this was held up, and what it raced with may be about to be delivered. */
const LATE_MS = 10
const DELIVERY_MS = 1_000

const UNSOUND: RefreshOutcome & { kind: 'unavailable' } = { kind: 'unavailable', error: 'invalid_response' }

/** An attempt on its way, and whose refresh token it spends. */
export interface Sent {
  attempt: Attempt
  target: RefreshTarget
  refreshToken: string | undefined
}

/** The one place where a refresh token is spent. */
export interface Sender {
  /** Settles with whether the refresh token has a successor. */
  send(sent: Sent): Promise<boolean>
}

export interface SenderParts {
  page: Pick<Page, 'isAway'>
  store: Pick<Store, 'state' | 'dispatch'>
  peers: Pick<Peers, 'syncBeforeRefresh'>
  limits: Pick<Limits, 'evaluateInformed'>
  grants: Grants
}

export function createSender(
  { clock, random, fetch }: Pick<Ports, 'clock' | 'random' | 'fetch'>,
  { transport, policy }: Pick<RuntimeOptions, 'transport' | 'policy'>,
  { page, store, peers, limits, grants }: SenderParts,
): Sender {
  /** A page that was frozen gets the timer and the answer at once: the answer goes first. */
  async function timeUp(dueAt: number, answer: Promise<unknown>): Promise<void> {
    await sleep(clock, Math.max(0, dueAt - clock.now()), answer)
    if (clock.now() - dueAt > LATE_MS) await sleep(clock, DELIVERY_MS, answer)
  }

  /** Not aborted by us before its time is up. */
  async function exchange({ attempt, refreshToken }: Sent): Promise<RefreshOutcome> {
    const request = new AbortController()
    const answer = Promise.resolve()
      .then(() =>
        transport.refresh({
          idempotencyKey: attempt.key,
          signal: request.signal,
          // Not by a page that hung before it got to it: others count on the attempt's end.
          fetch: async (input, init) => {
            if (clock.now() >= attempt.expiresAt) throw new TypeError('It is too late to send this.')
            return fetch(input, init)
          },
          ...(refreshToken !== undefined && { refreshToken }),
        }),
      )
      .then(checked)
      .catch((): RefreshOutcome => ({ kind: 'unavailable', error: 'transport_failed' }))
    await timeUp(attempt.expiresAt, answer)
    request.abort(new DOMException('The refresh took too long.', 'TimeoutError'))
    // What has been answered comes first.
    return Promise.race([answer, { kind: 'unavailable', error: 'timeout' } as const])
  }

  function checked(outcome: RefreshOutcome | undefined): RefreshOutcome {
    if (outcome?.kind === 'rejected' || outcome?.kind === 'unavailable') return outcome
    if (outcome?.kind !== 'tokens') return UNSOUND
    try {
      checkTokens(outcome.tokens, transport)
      return outcome
    } catch {
      const { refreshToken } = { ...outcome.tokens }
      return isToken(refreshToken) ? { ...UNSOUND, refreshToken } : UNSOUND
    }
  }

  /** @param error what was wrong with the answer, but for the new refresh token in it */
  function commit({ attempt, target }: Sent, tokens: TokenSet, error?: string): void {
    if (!mayCommit(store.state, target)) {
      store.dispatch({ type: 'refused', target, tokens, now: clock.now() })
      return
    }
    const previous = liveSession(store.state)
    const { ledger, sid, subject } = store.state
    const isForeign = target.sid === sid && (tokens.subject ?? subject) !== (subject ?? tokens.subject)
    const now = clock.now()
    // The server may have signed somebody in by itself, and so have replaced the cookie.
    const mayBeAnother = transport.refreshTokenIn === 'cookie' && ledger
    const another = mayBeAnother ? anotherLogin(ledger, tokens, { now, lagMs: lagMsOf(clock) }) : undefined
    const first = target.epoch === 0 || target.over || isForeign || another !== undefined
    const known = first ? undefined : (previous?.serverClock ?? ledger?.serverClock)
    const session = grants.grant(tokens, {
      epoch: first ? target.epoch + 1 : target.epoch,
      sid: first ? undefined : target.sid,
      generation: first ? 1 : target.generation + 1,
      commitId: attempt.key,
      ...(previous && !first && { previous }),
      ...(ledger && !first && { activity: ledger }),
      ...(another && { activity: another }),
      first: first || target.generation === 0,
      sentAt: attempt.startedAt,
      known,
    })
    // A page that hung may not have heard of another that repeats the request: with the same key both are safe.
    const key = transport.idempotentRefresh && !attempt.short ? attempt.key : random.id()
    const pause = brake({ session, sent: attempt, now, key })
    store.dispatch({ type: 'committed', session, attempt, pause, now, ...(error !== undefined && { error }) })
    grants.check(tokens, session)
  }

  function fail(
    { attempt, target }: Sent,
    { error, retryAfterMs = 0 }: RefreshOutcome & { kind: 'unavailable' },
  ): void {
    const now = clock.now()
    const failures = attempt.failures + 1
    const retryAt = now + backoffMs({ failures, error, retry: policy.retry, random: random.next() })
    const settled: Attempt = { ...attempt, expiresAt: now, failures, retryAt }
    if (retryAfterMs > 0) settled.notBefore = now + Math.min(retryAfterMs, LONGEST_QUIET_MS)
    store.dispatch({ type: 'failed', target, attempt: settled, error, durationMs: now - attempt.startedAt, now })
  }

  /** The one that was sent may be spent, whatever else is wrong with the answer. */
  function successorIn(outcome: RefreshOutcome, { refreshToken }: Sent): string | undefined {
    if (outcome.kind !== 'unavailable' || transport.refreshTokenIn !== 'body') return undefined
    const successor = outcome.refreshToken
    return isToken(successor) && successor !== refreshToken ? successor : undefined
  }

  /** Whoever wrote the transport: no event tells a token that this page has, or had when it asked. */
  async function ask(sent: Sent): Promise<RefreshOutcome> {
    const before = store.state.session
    const outcome = await exchange(sent)
    if (outcome.kind === 'tokens') return outcome
    const { session } = store.state
    const tokens = [before, session].flatMap((held) => [held?.accessToken, held?.refreshToken])
    return { ...outcome, error: withoutTokens(outcome.error, [sent.refreshToken, ...tokens]) }
  }

  async function send(given: Sent): Promise<boolean> {
    const told = await ask(given)
    const isNobody = told.kind === 'unavailable' && saysNobody(store.state, told.error)
    const outcome: RefreshOutcome = isNobody ? { kind: 'rejected', error: told.error } : told
    const { startedAt } = given.attempt
    // A clock that was set forward meanwhile takes nothing from the tokens: they are as old as the answer took.
    const sent: Sent = { ...given, attempt: { ...given.attempt, startedAt: startedAt + clock.leapMs(startedAt) } }
    const successor = successorIn(outcome, sent)
    if (outcome.kind === 'tokens') commit(sent, outcome.tokens)
    else if (successor) commit(sent, { accessLifetimeMs: 0, refreshToken: successor }, outcome.error)
    else if (outcome.kind === 'unavailable') page.isAway || fail(sent, outcome)
    else {
      await peers.syncBeforeRefresh()
      limits.evaluateInformed()
      const now = clock.now()
      const { target, attempt } = sent
      store.dispatch({
        type: 'rejected',
        target,
        attempt,
        error: outcome.error,
        durationMs: now - attempt.startedAt,
        now,
      })
    }
    return outcome.kind === 'tokens' || successor !== undefined
  }

  return { send }
}
