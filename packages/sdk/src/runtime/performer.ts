import type { Effect, Ended, Revocable } from '../session/actions.ts'
import type { State } from '../session/state.ts'
import type { Ledger, Session, SessionEventDetail, SignOutReason } from '../types.ts'

export interface PerformerDependencies {
  state(): State
  emit(event: SessionEventDetail): void
  ledger: { write(ledger: Ledger): void; ensure(ledger: Ledger): void }
  sessions: { save(session: Session, adopted: boolean): void; clear(adopted: boolean): void }
  publish(tokens: boolean): void
  revoke(ended: Ended, tokens: Revocable, isOwn: boolean): void
  seek(): Promise<void>
  onEnded(reason: SignOutReason): void
}

/** Does what a transition asks for, on the state that it led to. */
export function createPerformer(dependencies: PerformerDependencies): (effect: Effect) => void {
  const { emit, ledger, sessions } = dependencies
  return (effect) => {
    const { session, ledger: standing } = dependencies.state()
    if (effect.type === 'emit') emit(effect.event)
    else if (effect.type === 'write-ledger') standing && ledger.write(standing)
    else if (effect.type === 'ensure-ledger') standing && ledger.ensure(standing)
    else if (effect.type === 'save') session && sessions.save(session, effect.adopted)
    else if (effect.type === 'clear-store') sessions.clear(effect.adopted)
    else if (effect.type === 'publish') dependencies.publish(effect.tokens)
    else if (effect.type === 'revoke') dependencies.revoke(effect.ended, effect.tokens, effect.isOwn)
    else if (effect.type === 'seek') void dependencies.seek()
    else if (effect.type === 'ended') dependencies.onEnded(effect.reason)
  }
}
