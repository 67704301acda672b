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
  /** Of the endpoint, with the names of its parameters: a path of somebody's choice would be a label without end. */
  route: string
  status: string
  durationMs: number
}

export interface Metrics {
  happened(entry: AuditEntry): void
  answered(request: AnsweredRequest): void
  /** In the text format of Prometheus. */
  read(): Promise<{ text: string; contentType: string }>
}

/** What Prometheus may know of this process: how often and how long, never who. */
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
    happened: ({ operation, outcome, detail }) => operations.inc({ operation, outcome, detail }),
    answered: ({ method, route, status, durationMs }) =>
      requests.observe({ method, route, status }, durationMs / 1_000),
    async read() {
      // Watching a process costs something for as long as it lives, so that only who asks pays for it.
      if (!isProcessWatched) collectDefaultMetrics({ register: registry })
      isProcessWatched = true
      return { text: await registry.metrics(), contentType: registry.contentType }
    },
  }
}

export interface MetricsAccess {
  /** What Prometheus has to show as a Bearer token. */
  token: string | undefined
  /** Whether they are there without a token, too; the QA mode keeps others away by itself. */
  open: boolean
}

/** The metrics, for whoever shows the token; without a token they are not there. */
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

// Digests have one length, whatever is shown.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
