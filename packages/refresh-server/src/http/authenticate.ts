import type { Context, MiddlewareHandler } from 'hono'
import { HttpError } from '../errors.ts'
import type { RateLimits } from '../limits/rate-limits.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { refuse } from './answers.ts'
import type { AppEnv } from './context.ts'
import { accessTokenCookie, requireCsrfToken } from './cookies.ts'

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i
const SAFE_METHODS = ['GET', 'HEAD']
const PROBLEMS = {
  expired: 'the access token has expired',
  ended: 'the session has ended',
  invalid: 'the access token is not valid',
}

/**
 * Lets only requests with a valid access token of a live session through (RFC 6750). The token is a Bearer header or,
 * if there is no such header, a cookie, which needs the CSRF token for unsafe methods.
 */
export function authenticate(sessions: Sessions): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const header = c.req.header('Authorization')
    const token = header === undefined ? accessTokenCookie(c) : bearerToken(header)
    if (!token) return challenge(c, isBearer(header) ? 'the Authorization header holds no Bearer token' : undefined)
    const checked = await sessions.checkAccess({ accessToken: token, address: c.get('address'), operation: 'access' })
    if (checked.kind !== 'valid') return challenge(c, PROBLEMS[checked.kind])
    c.set('claims', checked.claims)
    if (header === undefined && !SAFE_METHODS.includes(c.req.method)) requireCsrfToken(c)
    return next()
  }
}

const isBearer = (header: string | undefined) => /^Bearer\b/i.test(header ?? '')

/** Lets only sessions through that do not ask too often; comes after {@link authenticate}. */
export function limitCalls(limits: RateLimits): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await limits.call(c.get('claims').familyId)
    return next()
  }
}

/** The token of an `Authorization` header, if it is a Bearer token. */
export function bearerToken(header: string): string | undefined {
  return BEARER.exec(header)?.[1]
}

/** Lets only users with one of the roles through; comes after {@link authenticate}. */
export function requireRole(...roles: readonly [string, ...string[]]): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!roles.some((role) => c.get('claims').roles.includes(role))) {
      throw new HttpError(403, 'forbidden', `this needs the role ${roles.join(' or ')}`)
    }
    return next()
  }
}

// RFC 6750 section 3.1: a request without a Bearer token, also one with other credentials, gets no error code in it.
function challenge(c: Context<AppEnv>, problem: string | undefined): Response {
  const value = problem === undefined ? 'Bearer' : `Bearer error="invalid_token", error_description="${problem}"`
  const refusal = { error: 'invalid_token', error_description: problem ?? 'an access token is needed' }
  return refuse(c, refusal, { status: 401, headers: { 'WWW-Authenticate': value } })
}
