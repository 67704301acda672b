import type { Action, Effect, RefreshTarget } from '../../src/session/actions.ts'
import { transition } from '../../src/session/reducer.ts'
import type { State } from '../../src/session/state.ts'
import { anAttempt, aSession, NOON, SECOND } from './sessions.ts'

export const target: RefreshTarget = { epoch: 1, sid: 's', generation: 1, known: 1, over: false }
export const signOut = (members = {}): Action => ({
  type: 'signed-out',
  reason: 'user',
  now: NOON,
  ...members,
})
export const rejected = (members = {}): Action => ({
  type: 'rejected',
  target,
  attempt: anAttempt(),
  error: 'invalid_grant',
  durationMs: 40,
  now: NOON,
  ...members,
})
export const failed: Action = {
  type: 'failed',
  target,
  attempt: anAttempt({ failures: 1, expiresAt: NOON, retryAt: NOON + SECOND }),
  error: 'http_503',
  durationMs: 40,
  now: NOON,
}
export const committed = (session = aSession({ generation: 2 })): Action => ({
  type: 'committed',
  session,
  attempt: anAttempt({ startedAt: NOON - 40 }),
  now: NOON,
})

export const tell = (state: State, ...happenings: Action[]) =>
  happenings.reduce<readonly [State, readonly Effect[]]>(([before], next) => transition(before, next), [state, []])
export const after = (state: State, ...happenings: Action[]) => tell(state, ...happenings)[0]
export const events = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'emit' ? [effect.event] : []))
export const types = (effects: readonly Effect[]) => effects.map(({ type }) => type)
