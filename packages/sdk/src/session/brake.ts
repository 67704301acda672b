import type { Attempt, Session } from '../types.ts'
import { type Action, emit, type Transition } from './actions.ts'

/** A token with less left than this when it is committed counts as a failed refresh. */
const SHORT_MS = 2_000
/** A JWT may be kept from calls for as long as this before it expires, see `session/grant.ts`: that is not the endpoint's doing. */
const KEPT_BACK_MS = 499
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

export interface BrakeInput {
  session: Session
  /** The attempt that brought it. */
  sent: Attempt
  now: number
  /** The idempotency key of the next attempt. */
  key: string
}

/**
 * Whatever an endpoint says of lifetimes, it is not refreshed in a storm: the pause after a token that expires at once, if
 * this is one. It doubles from one such token to the next, up to a minute, and stands in the ledger, so it holds for all
 * tabs.
 */
export function brake({ session, sent, now, key }: BrakeInput): Attempt | undefined {
  const keptBackMs = session.serverClock?.generation === session.generation ? KEPT_BACK_MS : 0
  if (session.accessExpiresAt + keptBackMs - now >= SHORT_MS) return undefined
  const { by, failures, short = 0 } = sent
  const until = now + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** short)
  return {
    key,
    generation: session.generation,
    by,
    number: 0,
    startedAt: now,
    expiresAt: now,
    failures: failures + 1,
    short: short + 1,
    retryAt: until,
    notBefore: until,
  }
}

/** After a token that expires at once: the pause stands in the ledger as an attempt that has failed. */
export function slowDown(
  [state, effects]: Transition,
  { session, pause, error = 'short_lived_token', now }: Action & { type: 'committed' },
): Transition {
  const { ledger } = state
  const isOpen = now < (ledger?.attempt?.expiresAt ?? 0)
  // Another request is still under way: it has to be waited for, which is a pause as well.
  if (!pause || !ledger || isOpen || state.session !== session) return [state, effects]
  const retryInMs = (pause.notBefore ?? now) - now
  const told = pause.short === 1 ? [emit({ type: 'refresh-throttled', retryInMs })] : []
  return [{ ...state, ledger: { ...ledger, attempt: pause }, lastRefreshError: error }, [...effects, ...told]]
}
