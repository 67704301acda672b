import type { Context } from 'hono'
import { Hono } from 'hono'
import { tokenRefused } from '../audit/entry.ts'
import { InvalidInputError } from '../errors.ts'
import type { AuditRecorder } from '../sessions/audit-recorder.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../store/store.ts'
import type { SessionFamily } from '../tokens/family.ts'
import { hashRefreshToken } from '../tokens/refresh-token.ts'
import { clearCache, expiresIn, rejectCredentials, rejectRefresh } from './answers.ts'
import type { AppEnv, RefreshApp } from './context.ts'
import {
  CSRF_FAILED,
  clearAccessTokenCookie,
  clearSessionCookies,
  createCsrfToken,
  provenCsrfToken,
  refreshTokenCookie,
  requireCsrfToken,
  setSessionCookies,
} from './cookies.ts'
import { idempotencyKeyOf, readCredentials } from './request.ts'

export interface CookieRoutesOptions {
  sessions: Sessions
  store: Pick<Store, 'findToken'>
  audit: Pick<AuditRecorder, 'record'>
  now: () => number
}

/**
 * The endpoints that keep the refresh token, and on request the access token, in HttpOnly cookies. Only a sign-out clears
 * cookies. A rejection may be the late answer to a request that another page overtook, and clearing would then remove the
 * new cookie.
 */
export function createCookieRoutes(options: CookieRoutesOptions): RefreshApp {
  const { sessions, store, audit, now } = options
  const routes = new Hono<AppEnv>()

  /**
   * Checks and gives the CSRF token of a request with a refresh token cookie.
   * @throws HttpError 403 without a valid CSRF token; the audit trail records it
   */
  async function requireOwnPage(c: Context<AppEnv>, operation: 'refresh' | 'session-end', refreshToken: string) {
    if (provenCsrfToken(c) === undefined) {
      const hash = hashRefreshToken(refreshToken)
      const family = (await store.findToken(hash))?.family
      const address = c.get('address')
      await audit.record([tokenRefused(operation, { at: now(), address, detail: CSRF_FAILED, hash, family })])
    }
    return requireCsrfToken(c)
  }

  routes.post('/login', async (c) => {
    const accessTokenIn = accessTokenPlace(c.req.query('access'))
    const grant = await sessions.signIn({ ...(await readCredentials(c)), accessTokenIn })
    if (grant === undefined) return rejectCredentials(c)
    // A cookie of an earlier session must not be used for this one.
    if (accessTokenIn === 'body') clearAccessTokenCookie(c)
    setSessionCookies(c, grant, createCsrfToken())
    const answer = { expires_in: expiresIn(grant), user: grant.user }
    return c.json(accessTokenIn === 'cookie' ? answer : { access: grant.accessToken, ...answer })
  })

  routes.post('/refresh', async (c) => {
    const idempotencyKey = idempotencyKeyOf(c.req.raw)
    const refreshToken = refreshTokenCookie(c)
    // Without the cookie a foreign page can misuse nothing, and an own page may ask whether it has a session.
    if (!refreshToken) return rejectRefresh(c, { kind: 'rejected', reason: 'unknown' })
    const csrfToken = await requireOwnPage(c, 'refresh', refreshToken)
    const result = await sessions.refresh({ refreshToken, idempotencyKey, address: c.get('address') })
    if (result.kind === 'rejected') return rejectRefresh(c, result)
    const { grant } = result
    setSessionCookies(c, grant, csrfToken)
    const answer = { expires_in: expiresIn(grant) }
    return c.json(grant.accessTokenIn === 'cookie' ? answer : { access: grant.accessToken, ...answer })
  })

  routes.post('/logout', async (c) => {
    const refreshToken = refreshTokenCookie(c)
    if (refreshToken) {
      await requireOwnPage(c, 'session-end', refreshToken)
      await sessions.signOut(refreshToken, c.get('address'))
    }
    // The request of a foreign form comes without SameSite cookies. Its answer must not clear anything.
    if (refreshToken || provenCsrfToken(c) !== undefined) {
      clearSessionCookies(c)
      clearCache(c)
    }
    return c.body(null, 204)
  })

  return routes
}

function accessTokenPlace(asked: string | undefined): SessionFamily['accessTokenIn'] {
  if (asked === undefined || asked === 'body') return 'body'
  if (asked === 'cookie') return 'cookie'
  throw new InvalidInputError('"access" must be "cookie" or "body"')
}
