import { MAX_LIFETIME_MS } from '../duration.ts'
import { ENDPOINTS, type Endpoint } from '../http/endpoints.ts'
import { requireInteger, requireObject, requireOneOf } from '../input.ts'
import type { TokenPolicy } from '../tokens/policy.ts'
import { REUSE_MODES, type ReuseMode } from '../tokens/rotation.ts'
import type { Connections } from './connection.ts'
import type { Counter, QaCounts } from './counts.ts'
import type { EndpointFaults, Fault, Faults } from './faults.ts'

const MIN_ACCESS_LIFETIME_MS = 3_000

/** The current settings of the server. Durations are in milliseconds. */
export interface QaState extends TokenPolicy {
  faults: Record<Endpoint, EndpointFaults>
}

/** Lifetimes to set, in milliseconds, each from 3,000 to 400 days. */
export interface QaLifetimes {
  /** Lifetime of access tokens. */
  accessLifetimeMs: number
  /** Lifetime of refresh tokens that are not used. Default: unchanged. */
  refreshLifetimeMs?: number
}

/**
 * Changes the server while it runs, for tests. The `/qa` endpoints offer the same. Each change returns the new state. Each
 * call throws {@link InvalidInputError} for invalid input, and then changes nothing.
 */
export interface QaControl {
  state(): QaState
  /** Sets a fault of one group of endpoints. */
  setFault(fault: Fault): QaState
  /** Changes the lifetimes of tokens that are issued from now on. */
  setLifetimes(lifetimes: QaLifetimes): QaState
  /** Changes what happens when a spent refresh token is presented again. */
  setReuse(mode: ReuseMode): QaState
  /** Removes all faults, restores lifetimes and reuse mode, and clears the counts. Sessions and notes stay. */
  reset(): QaState
  counts(): QaCounts
}

/** The control with unvalidated input, as it comes from the network. */
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
      if (faults.hasPendingReset()) connections.closeIdle()
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
