import type { Context } from 'hono'
import { Hono } from 'hono'
import { tokenRefused } from '../audit/entry.ts'
import { HttpError, InvalidInputError } from '../errors.ts'
import { requireText } from '../input.ts'
import type { AuditRecorder } from '../sessions/audit-recorder.ts'
import type { Grant } from '../sessions/grant.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../store/store.ts'
import type { SessionFamily } from '../tokens/family.ts'
import { hashRefreshToken } from '../tokens/refresh-token.ts'
import { clearCache, expiresIn, rejectCredentials, rejectRefresh } from './answers.ts'
import { bearerToken } from './authenticate.ts'
import type { AppEnv, RefreshApp } from './context.ts'
import {
  CSRF_FAILED,
  clearAccessTokenCookie,
  clearSessionCookies,
  createCsrfToken,
  provenCsrfToken,
  refreshTokenCookie,
  requireCsrfToken,
  setMarkerCookie,
  setSessionCookies,
} from './cookies.ts'
import { idempotencyKeyOf, isJson, readCredentials, readJson } from './request.ts'

const MAX_ID_LENGTH = 200

export interface CookieRoutesOptions {
  sessions: Sessions
  store: Pick<Store, 'findToken' | 'findFamily'>
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
    return c.json({ ...readable(grant), ...answer })
  })

  // A page that was left in the middle of a refresh cannot hear the answer; the next one sees that it has come.
  routes.use('/refresh', async (c, next) => {
    await next()
    // A foreign page's request is no refresh.
    if (c.res.status !== 403) setMarkerCookie(c)
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
    return c.json({ ...readable(grant), expires_in: expiresIn(grant) })
  })

  /** The user whose sessions the request may end, although its cookie belongs to another session. */
  async function userOf(c: Context<AppEnv>, sessionId: string, cookies: SessionFamily | undefined) {
    const accessToken = bearerToken(c.req.header('Authorization') ?? '')
    if (accessToken === undefined) return cookies?.username
    const request = { accessToken, address: c.get('address'), operation: 'access' } as const
    const checked = await sessions.checkAccess(request)
    // An expired token is enough: it proves who owned the session.
    const isProof = checked.kind !== 'invalid' && checked.claims.familyId === sessionId
    return isProof ? checked.claims.username : cookies?.username
  }

  /**
   * Ends the session that the request names. The session of the cookie, which is another one, and its cookies stay.
   * @throws HttpError 409 if the request does not prove that it may end the session
   */
  async function endNamed(c: Context<AppEnv>, sessionId: string, cookies: SessionFamily | undefined): Promise<void> {
    const named = await store.findFamily(sessionId)
    if (named === undefined || named.revokedAt !== undefined || named.expiresAt <= now()) return
    if ((await userOf(c, sessionId, cookies)) !== named.username) {
      throw new HttpError(409, 'other_session', 'the cookie belongs to another session')
    }
    await sessions.endSession(named.username, sessionId, c.get('address'))
  }

  routes.post('/logout', async (c) => {
    const refreshToken = refreshTokenCookie(c)
    const sessionId = await namedSession(c.req.raw)
    if (refreshToken) await requireOwnPage(c, 'session-end', refreshToken)
    if (sessionId !== undefined) {
      const cookies = refreshToken ? (await store.findToken(hashRefreshToken(refreshToken)))?.family : undefined
      if (cookies?.id !== sessionId) {
        await endNamed(c, sessionId, cookies)
        return c.body(null, 204)
      }
    }
    if (refreshToken) await sessions.signOut(refreshToken, c.get('address'))
    // The request of a foreign form comes without SameSite cookies. Its answer must not clear anything.
    if (refreshToken || provenCsrfToken(c) !== undefined) {
      clearSessionCookies(c)
      clearCache(c)
    }
    return c.body(null, 204)
  })

  return routes
}

/** The members that name the session to scripts: the access token with its claim `sid`, or the name itself. */
function readable({ accessTokenIn, accessToken, sessionId }: Grant): object {
  return accessTokenIn === 'cookie' ? { sessionId } : { access: accessToken }
}

/** @throws InvalidInputError if the name is not a text */
async function namedSession(request: Request): Promise<string | undefined> {
  const body = isJson(request) ? await readJson(request) : {}
  return body.sessionId === undefined ? undefined : requireText(body, 'sessionId', MAX_ID_LENGTH)
}

function accessTokenPlace(asked: string | undefined): SessionFamily['accessTokenIn'] {
  if (asked === undefined || asked === 'body') return 'body'
  if (asked === 'cookie') return 'cookie'
  throw new InvalidInputError('"access" must be "cookie" or "body"')
}
