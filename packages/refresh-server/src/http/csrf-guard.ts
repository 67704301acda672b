import type { Context } from 'hono'
import { tokenRefused } from '../audit/entry.ts'
import type { AuditRecorder } from '../sessions/audit-recorder.ts'
import type { Store } from '../store/store.ts'
import { hashRefreshToken } from '../tokens/refresh-token.ts'
import type { AppEnv } from './context.ts'
import { CSRF_FAILED, provenCsrfToken, requireCsrfToken } from './cookies.ts'

export interface CsrfGuardOptions {
  store: Pick<Store, 'findToken'>
  audit: Pick<AuditRecorder, 'record'>
  now: () => number
}

/**
 * The CSRF token of a request that carries a refresh token as a cookie.
 * @throws HttpError 403 if the request does not prove it, once that is in the audit trail
 */
export type CsrfGuard = (
  c: Context<AppEnv>,
  operation: 'refresh' | 'session-end',
  refreshToken: string,
) => Promise<string>

export function createCsrfGuard({ store, audit, now }: CsrfGuardOptions): CsrfGuard {
  return async (c, operation, refreshToken) => {
    if (provenCsrfToken(c) === undefined) {
      const hash = hashRefreshToken(refreshToken)
      const family = (await store.findToken(hash))?.family
      const address = c.get('address')
      await audit.record([tokenRefused(operation, { at: now(), address, detail: CSRF_FAILED, hash, family })])
    }
    return requireCsrfToken(c)
  }
}
