import type { MiddlewareHandler } from 'hono'
import type { AuditRecorder } from '../audit/recorder.ts'
import type { AppEnv } from './context.ts'

const REFUSALS: ReadonlyMap<number, string> = new Map([
  [403, 'forbidden'],
  [429, 'rate_limited'],
])

/** Puts into the audit trail who asked with a good token for what they may not have, or too often. */
export function auditRefusals(audit: Pick<AuditRecorder, 'record'>, now: () => number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next()
    const claims: AppEnv['Variables']['claims'] | undefined = c.get('claims')
    const detail = REFUSALS.get(c.res.status)
    if (claims === undefined || detail === undefined) return
    const { username, familyId: sessionId } = claims
    const address = c.get('address')
    await audit.record([{ at: now(), operation: 'access', outcome: 'refused', detail, username, sessionId, address }])
  }
}
