import type { Lock, RefreshTransport } from '../../src/ports.ts'
import { createRevoker, type Revoker, type RevokerParts } from '../../src/runtime/revoker.ts'
import type { Ended, Revocable } from '../../src/session/actions.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { initialState } from '../../src/session/state.ts'
import type { Ledger } from '../../src/types.ts'
import { createFakeClock } from './clock.ts'
import { createFakeLock, createFakeRandom } from './ports.ts'
import { aLedger, MINUTE, NOON } from './sessions.ts'
import { transport } from './transport.ts'

interface Over {
  lock?: Lock
  transport?: RefreshTransport
  refreshSettled?(): Promise<void>
}

/** With the effect that asks it to revoke. */
export interface TestedRevoker extends Revoker {
  revoke(ended: Ended, tokens: Revocable, isOwn: boolean): void
}

export const ENDED = { epoch: 1, sid: 's' }

/** A page whose session was signed out, and an endpoint that is to be told of it. */
export function createRevoking() {
  const at = {
    clock: createFakeClock(),
    lock: createFakeLock(),
    /** The refresh tokens that the endpoint was told. */
    told: [] as unknown[],
    /** How often the ledger was told that the endpoint has heard, and that it never will. */
    heard: 0,
    lost: 0,
    ledger: aLedger({ signedOut: { reason: 'user', at: NOON, generation: 1 }, revocationPending: true }) as Ledger,
    /** Whether the endpoint answers. */
    up: true,
    asleep: false,
    create(refreshTokenIn: 'body' | 'cookie' = 'body', over: Over = {}): TestedRevoker {
      const revocable = {
        ...transport,
        refreshTokenIn,
        async revoke({ refreshToken }: { refreshToken?: string }) {
          at.told.push(refreshToken)
          if (!at.up) throw new TypeError('Failed to fetch')
        },
      }
      let revoke: TestedRevoker['revoke'] = () => {}
      const store: RevokerParts['store'] = {
        get state() {
          return { ...initialState(true, 'ready'), ledger: at.ledger }
        },
        dispatch({ type }) {
          if (type === 'revoked') {
            at.heard++
            at.ledger = { ...at.ledger, revocationPending: false }
          }
          if (type === 'revocation-lost') {
            at.lost++
            at.ledger = { ...at.ledger, revocationStopped: 'lost' }
          }
        },
        onEffect: (_, handle) => {
          revoke = (ended, tokens, isOwn) => handle({ type: 'revoke', ended, tokens, isOwn } as never)
        },
      }
      const revoker = createRevoker(
        { clock: at.clock, lock: over.lock ?? at.lock, random: createFakeRandom(0), fetch },
        {
          namespace: 'ns',
          transport: over.transport ?? revocable,
          policy: DEFAULT_POLICY,
          refreshTimeoutMs: MINUTE,
        },
        {
          page: { isInactive: () => at.asleep },
          store,
          persistence: { session: { settled: () => Promise.resolve() } },
          peers: { syncLedger() {} },
          refresher: { settled: over.refreshSettled ?? (() => Promise.resolve()) },
        },
      )
      return { ...revoker, revoke: (...given) => revoke(...given) }
    },
  }
  return at
}

/** What a page does whose own act the sign-out was. */
export function tell(revoker: TestedRevoker, tokens: Revocable = { refreshToken: 'r' }): Promise<unknown> {
  revoker.revoke(ENDED, tokens, true)
  return Promise.resolve(revoker.firstAttemptDone())
}
