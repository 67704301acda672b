import type { RefreshTarget } from './actions.ts'
import { isRejected, sameSession } from './merge.ts'
import type { State } from './state.ts'

/** Whether a refresh cookie may be used to restore a session that this page does not know, or knows to have ended. */
export function mayRestore({ ledger }: State): boolean {
  return !ledger?.signedOut || isRejected(ledger.signedOut) || ledger.revocationPending === false
}

const NO_COOKIE = /^http_(204|401)\.empty$/

/**
 * Whether an answer says that nobody is signed in. From an endpoint it says that there is no refresh cookie, but a proxy
 * may answer so, too: it is believed where no session is known to be alive.
 */
export function saysNobody({ ledger }: State, error: string): boolean {
  return NO_COOKIE.test(error) && (!ledger || ledger.epoch === 0 || ledger.signedOut !== undefined)
}

/** Whether an answer to a refresh that spent `target` may be committed: no sign-out and no other sign-in came between. */
export function mayCommit(state: State, target: RefreshTarget): boolean {
  const { ledger } = state
  if (!ledger) return true
  const open = !ledger.signedOut || isRejected(ledger.signedOut) || (target.over && mayRestore(state))
  return sameSession(ledger, target) && open
}
