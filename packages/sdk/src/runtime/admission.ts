import type { Clock } from '../ports.ts'
import { type Access, type Granted, type Need, refusal } from '../session/access.ts'
import type { Happening } from '../session/actions.ts'
import { liveSession, type State } from '../session/state.ts'
import { type Carried, createUnauthorizedBackoff } from '../session/unauthorized-backoff.ts'
import type { Endpoint, RefreshTrigger } from '../types.ts'

/** A token younger than this is not the reason for a `401`: another refresh would not help. */
const YOUNG_MS = 10_000

/** A token younger than this is fresh for everyone who asks for a fresh one: callers come in bursts. */
const FRESH_MS = 100

export interface AdmissionDependencies {
  clock: Clock
  transport: Endpoint
  state(): State
  dispatch(happening: Happening): void
  decide(need: Need): Access
  wait(need: Need, signal?: AbortSignal): Promise<Granted>
  refresh(trigger: RefreshTrigger): void
}

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
export interface Admission {
  /** @throws TokenManagerError `signed_out`, `identity_changed` */
  admit(need: Need, signal?: AbortSignal, trigger?: RefreshTrigger): Granted | Promise<Granted>
  /** Something newer than the present token, by a refresh if no other is under way. @throws as `admit` */
  renewed(trigger: RefreshTrigger, signal?: AbortSignal): Granted | Promise<Granted>
  /** After a `401`: true once there is something newer for the same user, false where a refresh would not help. */
  renew(refused: Refused): Promise<boolean>
  /** What was granted has been accepted. */
  accepted(request: Carried): void
}

export function createAdmission(dependencies: AdmissionDependencies): Admission {
  const { clock, transport, state, dispatch, decide, wait, refresh } = dependencies
  const unauthorized = createUnauthorizedBackoff()

  function admit(need: Need, signal?: AbortSignal, trigger: RefreshTrigger = 'request'): Granted | Promise<Granted> {
    const access = decide(need)
    if (access.kind === 'granted') return access
    if (access.kind === 'refused') throw refusal(access)
    const waiting = wait(need, signal)
    refresh(trigger)
    return waiting
  }

  function refusedFresh(refused: Refused, now: number): void {
    unauthorized.refusedFresh(refused, state().ledger, now)
    dispatch({ type: 'unauthorized', sid: refused.granted.sid, now })
  }

  return {
    admit,

    renewed(trigger, signal) {
      const { identity, session } = state()
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
      const session = liveSession(state())
      // Nobody can renew it.
      if (kind === 'wait' && session && !session.refreshToken && transport.refreshTokenIn === 'body') return false
      if (kind === 'wait' && session && session.sid === sid && session.generation === generation) {
        const youngMs = Math.min(YOUNG_MS, (session.accessExpiresAt - session.accessIssuedAt) / 4)
        const isFresh = generation > 1 && now - session.accessIssuedAt < youngMs
        if (isFresh) refusedFresh(refused, now)
        if (isFresh || !unauthorized.allowsRefresh(refused, state().ledger, now)) return false
      }
      await admit(need, signal, 'unauthorized')
      return true
    },

    accepted: (request) => unauthorized.accepted(request, state().ledger, clock.now()),
  }
}
