import type { Context, MiddlewareHandler } from 'hono'
import { HttpError } from '../errors.ts'
import type { Sessions } from '../tokens/sessions.ts'
import type { AppEnv } from './context.ts'
import { accessTokenCookie, requireCsrfToken } from './cookies.ts'

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i
const SAFE_METHODS = ['GET', 'HEAD']

/**
 * Lets only requests with a valid access token of a live session through (RFC 6750). The token is a Bearer header or,
 * if there is no such header, a cookie, which needs the CSRF token for unsafe methods.
 */
export function authenticate(sessions: Sessions): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const header = c.req.header('Authorization')
    const token = header === undefined ? accessTokenCookie(c) : BEARER.exec(header)?.[1]
    if (!token) return refuse(c, header === undefined ? undefined : 'the Authorization header holds no Bearer token')
    const checked = await sessions.checkAccess(token)
    if (checked.kind === 'refused') return refuse(c, checked.problem)
    if (header === undefined && !SAFE_METHODS.includes(c.req.method)) requireCsrfToken(c)
    c.set('claims', checked.claims)
    return next()
  }
}

/** Lets only users with `role` through; comes after {@link authenticate}. */
export function requireRole(role: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!c.get('claims').roles.includes(role)) throw new HttpError(403, 'forbidden', `this needs the role ${role}`)
    return next()
  }
}

// RFC 6750 section 3.1: a request that never tried to authenticate gets no error code in the challenge.
function refuse(c: Context<AppEnv>, problem: string | undefined): Response {
  const challenge = problem === undefined ? 'Bearer' : `Bearer error="invalid_token", error_description="${problem}"`
  const answer = { error: 'invalid_token', error_description: problem ?? 'an access token is needed' }
  return c.json(answer, 401, { 'WWW-Authenticate': challenge })
}
