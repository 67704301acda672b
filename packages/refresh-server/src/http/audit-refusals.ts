import type { MiddlewareHandler } from 'hono'
import { HttpError } from '../errors.ts'
import type { AuditRecorder } from '../sessions/audit-recorder.ts'
import type { AppEnv } from './context.ts'
import { CSRF_FAILED } from './cookies.ts'

/** By the code of the error. */
const REFUSALS: Readonly<Record<string, string>> = {
  forbidden: 'forbidden',
  [CSRF_FAILED]: CSRF_FAILED,
  too_many_requests: 'rate_limited',
}

/**
 * Puts into the audit trail who asked with a good token for what they may not have, or too often, or could not show that
 * a page of this site asked.
 */
export function auditRefusals(audit: Pick<AuditRecorder, 'record'>, now: () => number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next()
    const claims: AppEnv['Variables']['claims'] | undefined = c.get('claims')
    const detail = c.error instanceof HttpError ? REFUSALS[c.error.code] : undefined
    if (claims === undefined || detail === undefined) return
    const { username, familyId: sessionId } = claims
    const address = c.get('address')
    await audit.record([{ at: now(), operation: 'access', outcome: 'refused', detail, username, sessionId, address }])
  }
}
