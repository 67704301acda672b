import { type Access, type Granted, type Need, refusal } from '../decisions/access.ts'
import { liveSession, type State } from '../decisions/state.ts'
import type { Clock } from '../ports.ts'
import type { RefreshTrigger } from '../types.ts'

/** A token younger than this is not the reason for a `401`: another refresh would not help. */
const YOUNG_MS = 10_000

/** A token younger than this is fresh for everyone who asks for a fresh one: callers come in bursts. */
const FRESH_MS = 100

export interface AdmissionDependencies {
  clock: Clock
  state(): State
  decide(need: Need): Access
  wait(need: Need, signal?: AbortSignal): Promise<Granted>
  refresh(trigger: RefreshTrigger): void
}

/** Serves the calls that need a token: at once where there is a good one, else from the queue. */
export interface Admission {
  /** @throws TokenManagerError `signed_out`, `identity_changed` */
  admit(need: Need, signal?: AbortSignal): Granted | Promise<Granted>
  /** Something newer than what `need` names, by a refresh if no other is under way. */
  renewed(trigger: RefreshTrigger, signal?: AbortSignal): Promise<Granted>
  /** After a `401`: true once there is something newer for the same subject, false where a refresh would not help. */
  renew(
    refused: { subject: string | undefined; sid: string; generation: number },
    signal?: AbortSignal,
  ): Promise<boolean>
}

export function createAdmission({ clock, state, decide, wait, refresh }: AdmissionDependencies): Admission {
  function enqueue(need: Need, trigger: RefreshTrigger, signal: AbortSignal | undefined): Promise<Granted> {
    const waiting = wait(need, signal)
    refresh(trigger)
    return waiting
  }

  return {
    admit(need, signal) {
      const access = decide(need)
      if (access.kind === 'granted') return access
      if (access.kind === 'refused') throw refusal(access)
      return enqueue(need, 'request', signal)
    },

    renewed(trigger, signal) {
      const { subject, session } = state()
      const isFresh = session && session.generation > 1 && clock.wallNow() - session.committedAt < FRESH_MS
      const need: Need = session && !isFresh ? { subject, newerThan: session } : { subject }
      const access = decide(need)
      if (access.kind === 'granted') return Promise.resolve(access)
      if (access.kind === 'refused') return Promise.reject(refusal(access))
      return enqueue(need, trigger, signal)
    },

    async renew({ subject, sid, generation }, signal) {
      const need: Need = { subject, newerThan: { sid, generation } }
      const access = decide(need)
      if (access.kind === 'granted') return true
      const session = liveSession(state())
      if (session && session.sid === sid && session.generation === generation && generation > 1) {
        const youngMs = Math.min(YOUNG_MS, (session.accessExpiresAt - session.accessIssuedAt) / 4)
        if (clock.now() - session.accessIssuedAt < youngMs) return false
      }
      if (access.kind === 'refused') throw refusal(access)
      await enqueue(need, 'unauthorized', signal)
      return true
    },
  }
}
