import type { Clock, Environment, RefreshTransport } from '../ports.ts'
import type { Happening } from '../session/actions.ts'
import { isSafeAfterSignIn, revokedBy } from '../session/revocation.ts'
import { currentSession, type State } from '../session/state.ts'
import type { SessionEnd, SignOutReason } from '../types.ts'

/** How long `signOut()` waits for the endpoint to hear of it; it goes on telling it after that. */
const REVOCATION_WAIT_MS = 3_000
/** How long it waits for tokens that it is to be told of; a store or another tab has them within milliseconds. */
const TOKENS_WAIT_MS = 3_000

/** Why a session ended that was ended by a call; what only the endpoint may say ends but one generation. */
const ENDED_BY: Record<SignOutReason, SessionEnd['reason']> = {
  user: 'user',
  idle: 'idle',
  'session-limit': 'session-limit',
  'never-signed-in': 'user',
  'refresh-rejected': 'user',
  'refresh-expired': 'user',
}

export const SIGN_OUT_REASONS = Object.keys(ENDED_BY)

export interface SignOutDependencies {
  clock: Clock
  transport: RefreshTransport
  environment: Pick<Environment, 'online' | 'subscribe'>
  state(): State
  dispatch(happening: Happening): void
  /** The ledger, at once. */
  read(): void
  sleep(ms: number, ...ends: (AbortSignal | Promise<unknown>)[]): Promise<boolean>
  /** Settles when the store has been cleared. */
  stored(): Promise<void>
  /** Settles when the endpoint has heard of this page's sign-outs, or could not be reached; undefined where there are none. */
  tried(): Promise<unknown> | undefined
}

export interface SignOut {
  /** The session is to end, and may not be used any more, but its tokens are not known yet. */
  readonly isUnderWay: boolean
  /**
   * Ends the session: within the call, but in a page that has just opened.
   * @param start finds out whether there is a session, and settles when that is known
   */
  run(reason: SignOutReason, start: () => Promise<void>): Promise<void>
  /** Someone has signed in: that session is not the one that was to end. */
  cancel(): void
  /** Someone begins to sign in: from now on the cookie may be theirs. */
  beginSignIn(): void
  /** Settles when the endpoint has been told of this page's sign-outs, or could not be reached in time. */
  tried(): Promise<void>
  /** The page goes to the login page in this task: if it could not tell the endpoint, the cookie may soon be someone else's. */
  beforeLogin(): void
}

export function createSignOut(dependencies: SignOutDependencies): SignOut {
  const { clock, transport, environment, state, sleep } = dependencies
  const by = revokedBy(transport)
  let isUnderWay = false

  function end(reason: SignOutReason): void {
    dependencies.read()
    dependencies.dispatch({ type: 'signed-out', reason: ENDED_BY[reason], now: clock.now(), revokedBy: by })
  }

  /** A page that has just opened has yet to find the token that the endpoint is to be told of: the end would destroy it. */
  async function find(start: () => Promise<void>): Promise<void> {
    const left = new AbortController()
    const stop = environment.subscribe((signal) => signal === 'pagehide' && left.abort())
    await sleep(TOKENS_WAIT_MS, start(), left.signal)
    stop()
  }

  function beginSignIn(): void {
    dependencies.read()
    dependencies.dispatch({ type: 'sign-in-begun', revokedBy: by })
  }

  async function tried(): Promise<void> {
    const first = dependencies.tried()
    if (first) await sleep(REVOCATION_WAIT_MS, first)
  }

  return {
    get isUnderWay() {
      return isUnderWay
    },
    async run(reason, start) {
      const isAtLoss = by === 'token' && state().phase === 'loading' && !currentSession(state())
      if (isAtLoss) {
        isUnderWay = true
        await find(start)
      }
      if (isUnderWay || !isAtLoss) {
        isUnderWay = false
        end(reason)
      }
      await dependencies.stored()
      if (environment.online()) await tried()
    },
    cancel() {
      isUnderWay = false
    },
    beginSignIn,
    tried,
    beforeLogin() {
      if (dependencies.tried() && by && !isSafeAfterSignIn(by, state().ledger ?? {})) beginSignIn()
    },
  }
}
