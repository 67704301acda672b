import { ENDPOINTS, type Endpoint } from '../http/endpoints.ts'
import { type IntegerRange, requireInteger, requireObject, requireOneOf } from '../input.ts'

const KINDS = ['latency', '503', '429', 'reset-before', 'reset-after', 'stall', 'html', 'none'] as const
const PHASES = ['before', 'after'] as const
const LATENCY_MS: IntegerRange = { min: 0, max: 600_000 }
const TIMES: IntegerRange = { min: 1, max: 1_000_000 }
const RETRY_AFTER_S: IntegerRange = { min: 0, max: 86_400 }

type Times = {
  /** For how many requests. Default 1. */
  times?: number
}

/**
 * A fault of one group of endpoints. Each group has at most one latency and one other fault. A new one replaces the old
 * one; `none` removes both.
 * - `latency`: delays answers by `ms`, until it is set to 0. `when: 'before'` (the default) waits before the request takes
 *   effect, and drops it if the client leaves during the wait. `when: 'after'` takes effect at once and answers late.
 * - `503`, and `429` with `Retry-After: retryAfterS`: refuses the request before anything is committed.
 * - `reset-before`, `reset-after`: resets the connection before or after the request takes effect, without an answer.
 * - `stall`: takes effect, sends headers and half of the body, and then nothing more.
 * - `html`: answers 200 with the page of a captive portal. Nothing is committed.
 */
export type Fault =
  | { endpoint: Endpoint; kind: 'latency'; ms: number; when?: 'before' | 'after' }
  | ({ endpoint: Endpoint; kind: '503' | 'reset-before' | 'reset-after' | 'stall' | 'html' } & Times)
  | ({ endpoint: Endpoint; kind: '429'; retryAfterS: number } & Times)
  | { endpoint: Endpoint; kind: 'none' }

/** A delay of all answers. */
export interface Latency {
  ms: number
  when: 'before' | 'after'
}

/** A fault with the number of requests that it still applies to. */
export type PendingFault =
  | { kind: '503' | 'reset-before' | 'reset-after' | 'stall' | 'html'; remaining: number }
  | { kind: '429'; retryAfterS: number; remaining: number }

/** The current faults of one group of endpoints. */
export interface EndpointFaults {
  latency?: Latency
  fault?: PendingFault
}

/** @throws InvalidInputError naming the invalid member */
function parseFault(input: unknown): Fault {
  const object = requireObject(input, ['endpoint', 'kind', 'ms', 'when', 'times', 'retryAfterS'])
  const endpoint = requireOneOf(object, 'endpoint', ENDPOINTS)
  const kind = requireOneOf(object, 'kind', KINDS)
  const members = ['endpoint', 'kind']
  switch (kind) {
    case 'none':
      requireObject(object, members)
      return { endpoint, kind }
    case 'latency': {
      requireObject(object, [...members, 'ms', 'when'])
      const when = object.when === undefined ? 'before' : requireOneOf(object, 'when', PHASES)
      return { endpoint, kind, ms: requireInteger(object, 'ms', LATENCY_MS), when }
    }
    case '429': {
      requireObject(object, [...members, 'times', 'retryAfterS'])
      const retryAfterS = requireInteger(object, 'retryAfterS', RETRY_AFTER_S)
      return { endpoint, kind, retryAfterS, times: timesOf(object.times) }
    }
    default:
      requireObject(object, [...members, 'times'])
      return { endpoint, kind, times: timesOf(object.times) }
  }
}

function timesOf(times: unknown): number {
  return times === undefined ? 1 : requireInteger({ times }, 'times', TIMES)
}

export interface Faults {
  /** @throws InvalidInputError */
  set(fault: unknown): void
  /** Gives the faults of the next request, and counts it. */
  take(endpoint: Endpoint): EndpointFaults
  get(endpoint: Endpoint): EndpointFaults
  /** Whether a reset is still pending. */
  hasPendingReset(): boolean
  clear(): void
}

export function createFaults(): Faults {
  const byEndpoint = new Map<Endpoint, EndpointFaults>()
  const get = (endpoint: Endpoint) => byEndpoint.get(endpoint) ?? {}

  return {
    get,

    set(input) {
      const fault = parseFault(input)
      const { latency, fault: pending } = get(fault.endpoint)
      if (fault.kind === 'none') {
        byEndpoint.delete(fault.endpoint)
      } else if (fault.kind === 'latency') {
        const changed = fault.ms === 0 ? {} : { latency: { ms: fault.ms, when: fault.when ?? 'before' } }
        byEndpoint.set(fault.endpoint, { ...(pending && { fault: pending }), ...changed })
      } else {
        byEndpoint.set(fault.endpoint, { ...(latency && { latency }), fault: toPending(fault) })
      }
    },

    take(endpoint) {
      const { latency, fault } = get(endpoint)
      const remains = fault !== undefined && fault.remaining > 1
      byEndpoint.set(endpoint, {
        ...(latency && { latency }),
        ...(remains && { fault: { ...fault, remaining: fault.remaining - 1 } }),
      })
      return { ...(latency && { latency }), ...(fault && { fault }) }
    },

    hasPendingReset() {
      return [...byEndpoint.values()].some(
        ({ fault }) => fault?.kind === 'reset-before' || fault?.kind === 'reset-after',
      )
    },

    clear() {
      byEndpoint.clear()
    },
  }
}

function toPending(fault: Exclude<Fault, { kind: 'none' | 'latency' }>): PendingFault {
  const remaining = fault.times ?? 1
  return fault.kind === '429'
    ? { kind: fault.kind, retryAfterS: fault.retryAfterS, remaining }
    : { kind: fault.kind, remaining }
}
