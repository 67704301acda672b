import type { AuditEntry } from '../audit/entry.ts'
import type { Endpoint } from '../http/endpoints.ts'
import { isRejectionReason, type RejectionReason } from '../tokens/rotation.ts'

// Bounds the memory of a server that runs for days.
const MAX_KEYS = 10_000

/** The requests and answers of one group of endpoints. */
export interface EndpointCounts {
  requests: number
  /** Answers by status. `reset`: the connection was cut on purpose. `dropped`: the client had left. */
  statuses: Record<string, number>
}

/** Counts since the start of the server or the last reset. */
export interface QaCounts {
  endpoints: Record<Endpoint, EndpointCounts>
  refreshes: {
    /** Committed rotations, including those whose answer was lost on purpose. */
    ok: number
    replayed: number
    rejected: number
    rejections: Record<RejectionReason, number>
  }
  reuseEvents: number
  familiesRevoked: number
  /** Refresh requests per `Idempotency-Key`, for the newest 10,000 keys. */
  idempotencyKeys: Record<string, number>
  /** Answers of the protected API with status 401. */
  apiUnauthorized: number
}

export type Outcome = number | 'reset' | 'dropped'

export interface Counter {
  requested(endpoint: Endpoint, idempotencyKey: string | undefined): void
  answered(endpoint: Endpoint, outcome: Outcome): void
  operation(entry: AuditEntry): void
  read(): QaCounts
  clear(): void
}

export function createCounter(): Counter {
  let counts = zero()
  const keys = new Map<string, number>()

  return {
    requested(endpoint, idempotencyKey) {
      counts.endpoints[endpoint].requests += 1
      if (endpoint !== 'refresh' || idempotencyKey === undefined) return
      keys.set(idempotencyKey, (keys.get(idempotencyKey) ?? 0) + 1)
      const [oldest] = keys.keys()
      if (keys.size > MAX_KEYS && oldest !== undefined) keys.delete(oldest)
    },

    answered(endpoint, outcome) {
      const { statuses } = counts.endpoints[endpoint]
      statuses[outcome] = (statuses[outcome] ?? 0) + 1
      if (endpoint === 'api' && outcome === 401) counts.apiUnauthorized += 1
    },

    operation({ operation, outcome, detail }) {
      const { refreshes } = counts
      if (operation === 'session-end' && outcome === 'ok') counts.familiesRevoked += 1
      if (operation !== 'refresh') return
      if (outcome === 'ok') refreshes[detail === 'replayed' ? 'replayed' : 'ok'] += 1
      if (outcome === 'ok' || !isRejectionReason(detail)) return
      refreshes.rejected += 1
      refreshes.rejections[detail] += 1
      if (detail === 'reused') counts.reuseEvents += 1
    },

    read() {
      return structuredClone({ ...counts, idempotencyKeys: Object.fromEntries(keys) })
    },

    clear() {
      counts = zero()
      keys.clear()
    },
  }
}

function zero(): Omit<QaCounts, 'idempotencyKeys'> {
  const endpoint = (): EndpointCounts => ({ requests: 0, statuses: {} })
  return {
    endpoints: { refresh: endpoint(), login: endpoint(), logout: endpoint(), api: endpoint() },
    refreshes: {
      ok: 0,
      replayed: 0,
      rejected: 0,
      rejections: { reused: 0, expired: 0, revoked: 0, session_limit: 0, unknown: 0 },
    },
    reuseEvents: 0,
    familiesRevoked: 0,
    apiUnauthorized: 0,
  }
}
