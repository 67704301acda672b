import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, Handler } from 'hono'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { AuditEntry } from '../audit/entry.ts'
import { refuse } from './answers.ts'
import { bearerToken } from './authenticate.ts'
import type { AppEnv } from './context.ts'

const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export interface AnsweredRequest {
  method: string
  /** The pattern of the endpoint. The path itself would make an unlimited number of labels. */
  route: string
  status: string
  durationMs: number
}

export interface Metrics {
  countOperation(entry: AuditEntry): void
  countRequest(request: AnsweredRequest): void
  /** The metrics in the text format of Prometheus. */
  read(): Promise<{ text: string; contentType: string }>
}

/** Creates the metrics of this process for Prometheus: how often and how long, never who. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  let isProcessWatched = false
  const operations = new Counter({
    name: 'refresh_server_operations_total',
    help: 'Operations on tokens and sessions, as the audit trail names them.',
    labelNames: ['operation', 'outcome', 'detail'],
    registers,
  })
  const requests = new Histogram({
    name: 'refresh_server_http_request_duration_seconds',
    help: 'Requests by endpoint and answer; "cut" where the connection was cut instead.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_S,
    registers,
  })

  return {
    countOperation: ({ operation, outcome, detail }) => operations.inc({ operation, outcome, detail }),
    countRequest: ({ method, route, status, durationMs }) =>
      requests.observe({ method, route, status }, durationMs / 1_000),
    async read() {
      // Process metrics have a running cost, so they start with the first request for metrics.
      if (!isProcessWatched) collectDefaultMetrics({ register: registry })
      isProcessWatched = true
      return { text: await registry.metrics(), contentType: registry.contentType }
    },
  }
}

export interface MetricsAccess {
  /** The Bearer token that Prometheus must send. */
  token: string | undefined
  /** Serves the metrics without a token as well. The QA mode restricts them to this machine. */
  open: boolean
}

/** Serves the metrics to requests with the token. Without a configured token there is no such endpoint. */
export function metricsRoute(metrics: Pick<Metrics, 'read'>, { token, open }: MetricsAccess): Handler<AppEnv> {
  return async (c) => {
    if (!open && token === undefined) return c.notFound()
    if (token !== undefined && !showsToken(c, token)) {
      const refusal = { error: 'invalid_token', error_description: 'the metrics need their own token' }
      return refuse(c, refusal, { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } })
    }
    const { text, contentType } = await metrics.read()
    return c.body(text, 200, { 'Content-Type': contentType })
  }
}

function showsToken(c: Context<AppEnv>, token: string): boolean {
  const shown = bearerToken(c.req.header('Authorization') ?? '')
  return shown !== undefined && timingSafeEqual(digest(shown), digest(token))
}

// The comparison needs values of equal length, and digests have one.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
