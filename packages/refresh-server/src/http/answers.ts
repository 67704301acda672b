import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Grant } from '../sessions/grant.ts'
import type { RefreshResult } from '../sessions/sessions.ts'
import type { RejectionReason } from '../tokens/rotation.ts'
import type { AppEnv } from './context.ts'

const REJECTIONS: Record<RejectionReason, string> = {
  reused: 'the refresh token was used before; its session is revoked',
  expired: 'the refresh token or its session has expired',
  revoked: 'the session has been revoked',
  session_limit: 'the session ended because the user has too many sessions',
  unknown: 'there is no such refresh token',
}

/** `expires_in` in whole seconds, rounded down (RFC 6749 section 5.1). */
export function expiresIn(grant: Grant): number {
  return Math.max(1, Math.floor(grant.accessLifetimeMs / 1_000))
}

/**
 * Clears the browser's cache at a sign-out, so that a shared workstation keeps nothing of the last user (W3C Clear Site
 * Data). The storage stays, because the SDK's record there keeps the session from coming back.
 */
export function clearCache(c: Context<AppEnv>): void {
  c.header('Clear-Site-Data', '"cache"')
}

export interface Refusal {
  error: string
  error_description: string
  reason?: RejectionReason
}

/** The body of a refusal. Answers of the session service have a member `success`. */
export function refusalBody(path: string, refusal: Refusal): object {
  return path.startsWith('/api/token/') ? { success: false, ...refusal } : refusal
}

/** Creates the answer of any refusal. */
export function refuse(
  c: Context<AppEnv>,
  refusal: Refusal,
  { status, headers = {} }: { status: ContentfulStatusCode; headers?: Record<string, string> },
): Response {
  return c.json(refusalBody(c.req.path, refusal), status, headers)
}

/** Creates the answer of a rejected refresh (RFC 6749 section 5.2), with the cause as `reason`. */
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
