import type { RefreshTransport } from '../../src/ports.ts'
import { createRevoker, type Revoker, type RevokerDependencies } from '../../src/runtime/revoker.ts'
import { sleep } from '../../src/runtime/scheduler.ts'
import type { Revocable } from '../../src/session/actions.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { initialState } from '../../src/session/state.ts'
import type { Ledger } from '../../src/types.ts'
import { createFakeClock } from './clock.ts'
import { createFakeLock, createFakeRandom } from './ports.ts'
import { aLedger, MINUTE, NOON } from './sessions.ts'

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
    create(refreshTokenIn: 'body' | 'cookie' = 'body', members: Partial<RevokerDependencies> = {}): Revoker {
      const transport = {
        refreshTokenIn,
        async revoke({ refreshToken }: { refreshToken?: string }) {
          at.told.push(refreshToken)
          if (!at.up) throw new TypeError('Failed to fetch')
        },
      } as RefreshTransport
      return createRevoker({
        lock: at.lock,
        transport,
        random: createFakeRandom(0),
        namespace: 'ns',
        fetch,
        policy: DEFAULT_POLICY,
        refreshTimeoutMs: MINUTE,
        refreshSettled: () => Promise.resolve(),
        sleep: (ms, ...signals) => sleep(at.clock, ms, ...signals),
        stored: () => Promise.resolve(),
        read() {},
        isAsleep: () => at.asleep,
        state: () => ({ ...initialState(true, 'ready'), ledger: at.ledger }),
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
        ...members,
      })
    },
  }
  return at
}

/** What a page does whose own act the sign-out was. */
export function tell(revoker: Revoker, tokens: Revocable = { refreshToken: 'r' }): Promise<unknown> {
  revoker.revoke(ENDED, tokens, true)
  return Promise.resolve(revoker.tried())
}
