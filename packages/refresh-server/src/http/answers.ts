import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Grant } from '../sessions/grant.ts'
import type { RefreshResult } from '../sessions/sessions.ts'
import type { RejectionReason } from '../tokens/rotation.ts'
import type { AppEnv } from './context.ts'

const REJECTIONS: Record<RejectionReason, string> = {
  reused: 'the refresh token was used before; its session has been revoked',
  expired: 'the refresh token or its session has expired',
  revoked: 'the session has been revoked',
  session_limit: 'the session has ended because its user signed in elsewhere too often',
  unknown: 'there is no such refresh token',
}

/** `expires_in` of RFC 6749 section 5.1: whole seconds, never more than the token lasts. */
export function expiresIn(grant: Grant): number {
  return Math.max(1, Math.floor(grant.accessLifetimeMs / 1_000))
}

/**
 * On a shared workstation a sign-out leaves nothing of the last user in the browser's cache (W3C Clear Site Data). Its
 * storage stays: what the SDK keeps there is what blocks the session from coming back.
 */
export function clearCache(c: Context<AppEnv>): void {
  c.header('Clear-Site-Data', '"cache"')
}

export interface Refusal {
  error: string
  error_description: string
  reason?: RejectionReason
}

/** The body of a refusal; the answers of the session service say `success`. */
export function refusalBody(path: string, refusal: Refusal): object {
  return path.startsWith('/api/token/') ? { success: false, ...refusal } : refusal
}

/** Any answer that refuses something. */
export function refuse(
  c: Context<AppEnv>,
  refusal: Refusal,
  { status, headers = {} }: { status: ContentfulStatusCode; headers?: Record<string, string> },
): Response {
  return c.json(refusalBody(c.req.path, refusal), status, headers)
}

/** A refused refresh, as RFC 6749 section 5.2 names it, with what happened as `reason`. */
export function rejectRefresh(
  c: Context<AppEnv>,
  { reason }: RefreshResult & { kind: 'rejected' },
  status: 400 | 401 = 401,
): Response {
  return refuse(c, { error: 'invalid_grant', error_description: REJECTIONS[reason], reason }, { status })
}

export function rejectCredentials(c: Context<AppEnv>): Response {
  const refusal = { error: 'invalid_credentials', error_description: 'the username or the password is wrong' }
  return refuse(c, refusal, { status: 401 })
}
