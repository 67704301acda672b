import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { isSafeAfterSignIn, revokedBy } from '../session/revocation.ts'
import { currentSession } from '../session/state.ts'
import type { SessionEnd, SignOutReason } from '../types.ts'
import type { Peers } from './peers.ts'
import type { Persistence } from './persistence.ts'
import type { Revoker } from './revoker.ts'
import type { Store } from './session-store.ts'
import { sleep } from './timer.ts'

/** How long `signOut()` waits for the endpoint to hear of it; it goes on telling it after that. */
const REVOCATION_WAIT_MS = 3_000
/** How long it waits for tokens that it is to be told of; a store or another tab has them within milliseconds. */
const TOKENS_WAIT_MS = 3_000

/** Why a session ended that was ended by a call; what only the endpoint may say ends but one generation. */
const ENDED_BY: Record<SignOutReason, SessionEnd['reason']> = {
  user: 'user',
  idle: 'idle',
  'session-limit': 'session-limit',
  'no-session': 'user',
  'refresh-rejected': 'user',
  'refresh-expired': 'user',
}

export const SIGN_OUT_REASONS = Object.keys(ENDED_BY)

export interface SignOut {
  /**
   * Ends the session: within the call, but in a page that has just opened.
   * @param start finds out whether there is a session, and settles when that is known
   */
  run(reason: SignOutReason, start: () => Promise<void>): Promise<void>
  /** Someone begins to sign in: from now on the cookie may be theirs. */
  beginSignIn(): void
  /** Settles when the endpoint has been told of this page's sign-outs, or could not be reached in time. */
  firstAttemptDone(): Promise<void>
  /** The page goes to the login page in this task: if it could not tell the endpoint, the cookie may soon be someone else's. */
  beforeLogin(): void
}

export interface SignOutParts {
  store: Pick<Store, 'state' | 'dispatch'>
  persistence: { session: Pick<Persistence['session'], 'settled'> }
  peers: Pick<Peers, 'syncLedger'>
  revoker: Pick<Revoker, 'firstAttemptDone'>
}

export function createSignOut(
  { clock, environment }: Pick<Ports, 'clock' | 'environment'>,
  { transport }: Pick<RuntimeOptions, 'transport'>,
  { store, persistence, peers, revoker }: SignOutParts,
): SignOut {
  const by = revokedBy(transport)

  function end(reason: SignOutReason): void {
    peers.syncLedger()
    store.dispatch({ type: 'signed-out', reason: ENDED_BY[reason], now: clock.now(), revokedBy: by })
  }

  /** A page that has just opened has yet to find the token that the endpoint is to be told of: the end would destroy it. */
  async function find(start: () => Promise<void>): Promise<void> {
    const left = new AbortController()
    const stop = environment.subscribe((signal) => signal === 'pagehide' && left.abort())
    await sleep(clock, TOKENS_WAIT_MS, start(), left.signal)
    stop()
  }

  function beginSignIn(): void {
    peers.syncLedger()
    store.dispatch({ type: 'sign-in-begun', revokedBy: by })
  }

  async function firstAttemptDone(): Promise<void> {
    const first = revoker.firstAttemptDone()
    if (first) await sleep(clock, REVOCATION_WAIT_MS, first)
  }

  return {
    async run(reason, start) {
      const isAtLoss = by === 'token' && store.state.phase === 'loading' && !currentSession(store.state)
      if (isAtLoss) {
        store.dispatch({ type: 'sign-out-pending' })
        await find(start)
      }
      // Somebody may have signed in meanwhile: that session is not the one that was to end.
      if (!isAtLoss || store.state.signOutPending) end(reason)
      await persistence.session.settled()
      if (environment.online()) await firstAttemptDone()
    },
    beginSignIn,
    firstAttemptDone,
    beforeLogin() {
      if (revoker.firstAttemptDone() && by && !isSafeAfterSignIn(by, store.state.ledger ?? {})) beginSignIn()
    },
  }
}
