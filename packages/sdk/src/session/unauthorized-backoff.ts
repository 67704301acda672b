import type { Ledger } from '../types.ts'
import type { Action, Transition } from './actions.ts'
import type { State } from './state.ts'

/** How long a `401` causes no refresh after one that changed nothing. */
const BACKOFF_MS = 300_000

/** A burst of calls gets a `401` each, and the ledger is written once. */
const WRITE_EVERY_MS = 1_000

/** How many addresses are remembered. */
const MAX_ADDRESSES = 200

/** A request that carried the session. */
export interface Carried {
  /** The sign-in whose token it carried. */
  granted: { sid: string }
  method: string
  url: string
}

/**
 * Says which `401`s are worth a refresh. The backoff stands in the ledger, so it holds for all tabs, and a new sign-in ends
 * it. Which addresses accept the token is known to this page alone. Instants are in page time.
 */
export interface UnauthorizedBackoff {
  /** The request was answered with a success. */
  accepted(request: Carried, ledger: Ledger | undefined, now: number): void
  /** A token that had just been refreshed got a `401`, so the refresh changed nothing here. */
  refusedFresh(request: Carried, ledger: Ledger | undefined, now: number): void
  /**
   * Whether a refresh may help. During the backoff it may only at an address that has accepted the token since: there the
   * `401` is about the token, because it is what changed. Unless that address has refused a fresh token as well: one that
   * serves all kinds of requests, as GraphQL does, accepts one and refuses the next.
   */
  allowsRefresh(request: Carried, ledger: Ledger | undefined, now: number): boolean
}

/** Without the query, which may be another one at each call. */
const addressOf = ({ method, url }: Carried) => `${method} ${url.replace(/[?#].*/, '')}`

export function createUnauthorizedBackoff(): UnauthorizedBackoff {
  /** Whether an address has accepted the token, and refused no fresh one. */
  const accepting = new Map<string, boolean>()

  function isBackingOff({ granted }: Carried, ledger: Ledger | undefined, now: number): boolean {
    const { sid, unauthorizedAt = Number.NEGATIVE_INFINITY } = ledger ?? {}
    if (granted.sid === sid && now < unauthorizedAt + BACKOFF_MS) return true
    // What was accepted before a backoff says nothing during it.
    accepting.clear()
    return false
  }

  function note(request: Carried, isAccepting: boolean): void {
    const address = addressOf(request)
    const known = accepting.get(address)
    if (known !== undefined || accepting.size < MAX_ADDRESSES) accepting.set(address, isAccepting && known !== false)
  }

  return {
    accepted(request, ledger, now) {
      if (isBackingOff(request, ledger, now)) note(request, true)
    },
    refusedFresh(request, ledger, now) {
      // The backoff that this one begins knows it already.
      isBackingOff(request, ledger, now)
      note(request, false)
    },
    allowsRefresh: (request, ledger, now) =>
      !isBackingOff(request, ledger, now) || accepting.get(addressOf(request)) === true,
  }
}

/** All tabs hold off from now on. */
export function backOff(state: State, { sid, now }: Action & { type: 'unauthorized' }): Transition {
  const { ledger } = state
  if (ledger?.sid !== sid || now < (ledger.unauthorizedAt ?? Number.NEGATIVE_INFINITY) + WRITE_EVERY_MS) {
    return [state, []]
  }
  return [
    { ...state, ledger: { ...ledger, unauthorizedAt: now } },
    [{ type: 'publish', tokens: false }, { type: 'write-ledger' }],
  ]
}
