import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, Handler } from 'hono'
import type { Metrics } from '../metrics/metrics.ts'
import { refuse } from './answers.ts'
import { bearerToken } from './authenticate.ts'
import type { AppEnv } from './context.ts'

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
