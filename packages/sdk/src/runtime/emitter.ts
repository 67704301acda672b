import type { Clock } from '../ports.ts'
import { lagMsOf } from '../session/instants.ts'
import { liveSession, type State } from '../session/state.ts'
import type { SessionEvent, SessionEventDetail } from '../types.ts'

export interface EmitterDependencies {
  clock: Clock
  tab: string
  state(): State
  append(event: SessionEvent): void
  /** `signedInAt`: when the session that lives began, by the wall clock. */
  onEvent(event: SessionEvent, signedInAt: number | undefined): void
}

/** Says when, where and in which session something happened, and tells of it. */
export function createEmitter({ clock, tab, state, append, onEvent }: EmitterDependencies) {
  return (detail: SessionEventDetail): void => {
    const { sid, generation } = state().session ?? state().ledger ?? {}
    const event = { ...detail, at: clock.wallNow(), tab, ...(sid && generation !== undefined && { sid, generation }) }
    append(event)
    const since = liveSession(state()) && state().ledger?.signedInAt
    onEvent(event, since && since - lagMsOf(clock))
  }
}
