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
 * Requires a valid access token of a live session (RFC 6750). The token comes from the `Authorization` header or, without
 * such a header, from a cookie. With a cookie, unsafe methods need the CSRF token.
 */
export function authenticate(sessions: Sessions): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const header = c.req.header('Authorization')
    const token = header === undefined ? accessTokenCookie(c) : bearerToken(header)
    if (!token) return challenge(c, isBearer(header) ? 'the Authorization header contains no Bearer token' : undefined)
    const checked = await sessions.checkAccess({ accessToken: token, address: c.get('address'), operation: 'access' })
    if (checked.kind !== 'valid') return challenge(c, PROBLEMS[checked.kind])
    c.set('claims', checked.claims)
    if (header === undefined && !SAFE_METHODS.includes(c.req.method)) requireCsrfToken(c)
    return next()
  }
}

const isBearer = (header: string | undefined) => /^Bearer\b/i.test(header ?? '')

/** Limits the requests of a session. Comes after {@link authenticate}. */
export function limitCalls(limits: RateLimits): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await limits.call(c.get('claims').familyId)
    return next()
  }
}

/** Reads the Bearer token of an `Authorization` header. */
export function bearerToken(header: string): string | undefined {
  return BEARER.exec(header)?.[1]
}

/** Requires one of the roles. Comes after {@link authenticate}. */
export function requireRole(...roles: readonly [string, ...string[]]): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!roles.some((role) => c.get('claims').roles.includes(role))) {
      throw new HttpError(403, 'forbidden', `this needs the role ${roles.join(' or ')}`)
    }
    return next()
  }
}

// RFC 6750 section 3.1: without a Bearer token in the request the challenge contains no error code.
function challenge(c: Context<AppEnv>, problem: string | undefined): Response {
  const value = problem === undefined ? 'Bearer' : `Bearer error="invalid_token", error_description="${problem}"`
  const refusal = { error: 'invalid_token', error_description: problem ?? 'an access token is required' }
  return refuse(c, refusal, { status: 401, headers: { 'WWW-Authenticate': value } })
}
