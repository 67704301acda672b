import type { TokenManagerError } from '../errors.ts'
import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { type Access, accessFor, type Granted, type Need, refusal } from '../session/access.ts'
import { liveSession } from '../session/state.ts'
import { type Carried, createUnauthorizedBackoff } from '../session/unauthorized-backoff.ts'
import type { RefreshTrigger } from '../types.ts'
import type { Events } from './events.ts'
import type { Limits } from './limits.ts'
import type { Page } from './page.ts'
import type { Refresher } from './refresher.ts'
import { createRequestQueue } from './request-queue.ts'
import type { Store } from './session-store.ts'
import type { Timer } from './timer.ts'
import { createTokenCache } from './token-cache.ts'

/** A token younger than this is not the reason for a `401`: another refresh would not help. */
const YOUNG_MS = 10_000

/** A token younger than this is fresh for everyone who asks for a fresh one: callers come in bursts. */
const FRESH_MS = 100

/** A request that carried what was granted. */
export interface Refused extends Carried {
  granted: Pick<Granted, 'identity' | 'sid' | 'generation'>
  signal?: AbortSignal | undefined
  /** It was sent before, with another token. */
  isReplay: boolean
  /** It can be sent once more. */
  isRepeatable: boolean
}

/** Serves the calls that need a token: at once where there is a good one, else from the queue. */
export interface TokenAccess {
  /** @throws TokenManagerError `signed_out`, `identity_changed` */
  admit(need: Need, signal?: AbortSignal, trigger?: RefreshTrigger): Granted | Promise<Granted>
  /** Something newer than the present token, by a refresh if no other is under way. @throws as `admit` */
  renewed(trigger: RefreshTrigger, signal?: AbortSignal): Granted | Promise<Granted>
  /** After a `401`: true once there is something newer for the same user, false where a refresh would not help. */
  renew(refused: Refused): Promise<boolean>
  /** What was granted has been accepted. */
  accepted(request: Carried): void
  /** The present token as a settled promise, if it is known to be good: for the call that apps make most. */
  cached(): Promise<string> | undefined
  /** To be called after each change of state: serves, in order, all calls that can be served now. */
  update(): void
  /** To be called after all others were told of a change: calls that still wait are reason enough for a refresh. */
  refreshIfAwaited(): void
  /** Fails all calls that wait. */
  rejectAll(error: TokenManagerError): void
  /** How many calls wait. */
  readonly queued: number
}

export interface TokenAccessParts {
  page: Pick<Page, 'isAsleep' | 'isInactive'>
  timer: Pick<Timer, 'add' | 'update'>
  store: Pick<Store, 'state' | 'dispatch'>
  events: Pick<Events, 'emit'>
  limits: Pick<Limits, 'checkBeforeUse' | 'isBlocked' | 'endsAt'>
  refresher: Pick<Refresher, 'start' | 'startIfDue' | 'nextAt'>
}

export function createTokenAccess(
  { clock }: Pick<Ports, 'clock'>,
  options: Pick<RuntimeOptions, 'transport' | 'policy' | 'maxQueued' | 'maxWaitMs'>,
  { page, timer, store, events, limits, refresher }: TokenAccessParts,
): TokenAccess {
  const { transport, policy } = options
  const cache = createTokenCache(clock, policy.refreshLead)
  const queue = createRequestQueue({ clock }, options, { store, events, decide })
  const unauthorized = createUnauthorizedBackoff()

  /** At every call: the timer may be late, and nothing may be used after a limit or in a page back from the cache. */
  function decide(need: Need): Access {
    limits.checkBeforeUse()
    const context = { now: clock.now(), lead: policy.refreshLead, isInDoubt: limits.isBlocked() }
    return accessFor(store.state, need, context)
  }

  function admit(need: Need, signal?: AbortSignal, trigger: RefreshTrigger = 'request'): Granted | Promise<Granted> {
    const access = decide(need)
    if (access.kind === 'granted') return access
    if (access.kind === 'refused') throw refusal(access)
    const waiting = queue.wait(need, signal)
    timer.update()
    void refresher.start(trigger)
    return waiting
  }

  function refusedFresh(refused: Refused, now: number): void {
    unauthorized.refusedFresh(refused, store.state.ledger, now)
    store.dispatch({ type: 'unauthorized', sid: refused.granted.sid, now })
  }

  function nextAt(): number {
    const never = Number.POSITIVE_INFINITY
    return Math.min(queue.nextDeadline() ?? never, queue.size > 0 ? refresher.nextAt(true) : never)
  }

  timer.add({ nextAt, run: () => queue.size > 0 && refresher.startIfDue(true) })
  return {
    admit,

    renewed(trigger, signal) {
      const { identity, session } = store.state
      // A clock that was set back says nothing.
      const isFresh = session && session.generation > 1 && Math.abs(clock.wallNow() - session.committedAt) < FRESH_MS
      if (!session) return admit({ identity, committedSince: clock.wallNow() }, signal, trigger)
      return admit(isFresh ? { identity } : { identity, newerThan: session }, signal, trigger)
    },

    async renew(refused) {
      const { granted, isReplay, isRepeatable, signal } = refused
      const { identity, sid, generation } = granted
      const now = clock.now()
      if (isReplay) refusedFresh(refused, now)
      if (!isRepeatable) return false
      const need: Need = { identity, newerThan: { sid, generation } }
      const { kind } = decide(need)
      const session = liveSession(store.state)
      // Nobody can renew it.
      if (kind === 'wait' && session && !session.refreshToken && transport.refreshTokenIn === 'body') return false
      if (kind === 'wait' && session && session.sid === sid && session.generation === generation) {
        const youngMs = Math.min(YOUNG_MS, (session.accessExpiresAt - session.accessIssuedAt) / 4)
        const isFresh = generation > 1 && now - session.accessIssuedAt < youngMs
        if (isFresh) refusedFresh(refused, now)
        if (isFresh || !unauthorized.allowsRefresh(refused, store.state.ledger, now)) return false
      }
      await admit(need, signal, 'unauthorized')
      return true
    },

    accepted: (request) => unauthorized.accepted(request, store.state.ledger, clock.now()),
    cached: cache.get,
    update() {
      const isUnusable = page.isInactive() || limits.isBlocked()
      cache.update(isUnusable ? undefined : liveSession(store.state), limits.endsAt())
      if (!page.isAsleep) queue.flush()
    },
    refreshIfAwaited() {
      if (queue.size > 0) void refresher.start('request')
    },
    rejectAll: queue.rejectAll,
    get queued() {
      return queue.size
    },
  }
}
