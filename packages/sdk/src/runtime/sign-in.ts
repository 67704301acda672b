import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { digestOf } from '../session/logins.ts'
import { revokedBy } from '../session/revocation.ts'
import type { TokenSet } from '../types.ts'
import type { Grants } from './grants.ts'
import type { Limits } from './limits.ts'
import type { Peers } from './peers.ts'
import type { Persistence } from './persistence.ts'
import type { Store } from './session-store.ts'

/** Begins sessions. */
export interface SignIn {
  /** With what the login endpoint granted. Settles once that is stored. */
  run(tokens: TokenSet): Promise<void>
  /** Without tokens: the server has signed somebody in by itself, and the refresh cookie holds their session. */
  runByCookie(loginId: string): void
}

export interface SignInParts {
  store: Pick<Store, 'state' | 'dispatch'>
  persistence: { session: Pick<Persistence['session'], 'settled'> }
  peers: Pick<Peers, 'syncLedger'>
  limits: Pick<Limits, 'checkBeforeShowing'>
  grants: Grants
}

export function createSignIn(
  { clock, random }: Pick<Ports, 'clock' | 'random'>,
  { transport }: Pick<RuntimeOptions, 'transport'>,
  { store, persistence, peers, limits, grants }: SignInParts,
): SignIn {
  const by = revokedBy(transport)

  return {
    async run(tokens) {
      peers.syncLedger()
      limits.checkBeforeShowing()
      const now = clock.now()
      const epoch = (store.state.ledger?.epoch ?? 0) + 1
      const commitId = random.id()
      const session = grants.grant(tokens, { epoch, generation: 1, commitId, first: true, sentAt: now })
      store.dispatch({ type: 'signed-in', session, now, revokedBy: by })
      grants.check(tokens, session)
      // The app may leave the page as soon as this settles: many go to another one after the login form.
      await persistence.session.settled()
    },
    runByCookie(loginId) {
      peers.syncLedger()
      store.dispatch({ type: 'session-started', login: digestOf(loginId), now: clock.now(), revokedBy: by })
    },
  }
}
