import { MAX_LIFETIME_MS } from '../duration.ts'
import { ENDPOINTS, type Endpoint } from '../http/endpoints.ts'
import { requireInteger, requireObject, requireOneOf } from '../input.ts'
import type { TokenPolicy } from '../tokens/policy.ts'
import { REUSE_MODES, type ReuseMode } from '../tokens/rotation.ts'
import type { Connections } from './connection.ts'
import type { Counter, QaCounts } from './counts.ts'
import type { EndpointFaults, Fault, Faults } from './faults.ts'

const MIN_ACCESS_LIFETIME_MS = 3_000

/** How the server behaves right now. */
export interface QaState extends TokenPolicy {
  faults: Record<Endpoint, EndpointFaults>
}

export interface QaLifetimes {
  /** At least 3,000. */
  accessLifetimeMs: number
  refreshLifetimeMs?: number
}

/**
 * What a tester may change while the server runs; the same as the `/qa` endpoints offer. Each call answers with the
 * state after it, and throws `InvalidInputError` for what it does not understand, with nothing changed.
 */
export interface QaControl {
  state(): QaState
  setFault(fault: Fault): QaState
  /** Takes effect for tokens issued from now on. */
  setLifetimes(lifetimes: QaLifetimes): QaState
  setReuse(mode: ReuseMode): QaState
  /** Ends all faults, brings lifetimes and reuse mode back and sets the counts to zero; sessions and notes stay. */
  reset(): QaState
  counts(): QaCounts
}

/** The control with its input still unchecked, as it comes from the network. */
export type UncheckedQaControl = ReturnType<typeof createQaControl>

export interface QaControlOptions {
  initialPolicy: TokenPolicy
  policy: () => TokenPolicy
  setPolicy: (policy: TokenPolicy) => void
  faults: Faults
  counter: Counter
  connections: Connections
}

export function createQaControl(options: QaControlOptions) {
  const { initialPolicy, policy, setPolicy, faults, counter, connections } = options

  const state = (): QaState => {
    const entries = ENDPOINTS.map((endpoint) => [endpoint, faults.get(endpoint)])
    return structuredClone({ ...policy(), faults: Object.fromEntries(entries) })
  }

  return {
    state,

    setFault(fault: unknown): QaState {
      faults.set(fault)
      if (faults.hasResetAhead()) connections.closeIdle()
      return state()
    },

    setLifetimes(input: unknown): QaState {
      const lifetimes = requireObject(input, ['accessLifetimeMs', 'refreshLifetimeMs'])
      const range = { min: MIN_ACCESS_LIFETIME_MS, max: MAX_LIFETIME_MS }
      const accessLifetimeMs = requireInteger(lifetimes, 'accessLifetimeMs', range)
      const refreshLifetimeMs =
        lifetimes.refreshLifetimeMs === undefined
          ? policy().refreshLifetimeMs
          : requireInteger(lifetimes, 'refreshLifetimeMs', range)
      setPolicy({ ...policy(), accessLifetimeMs, refreshLifetimeMs })
      return state()
    },

    setReuse(mode: unknown): QaState {
      setPolicy({ ...policy(), reuse: requireOneOf({ mode }, 'mode', REUSE_MODES) })
      return state()
    },

    reset(): QaState {
      faults.clear()
      counter.clear()
      setPolicy(initialPolicy)
      return state()
    },

    counts: (): QaCounts => counter.read(),
  }
}
