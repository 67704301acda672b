import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import { HttpError } from '../errors.ts'
import type { Grant } from '../sessions/grant.ts'
import type { AppEnv } from './context.ts'

interface CookieKind {
  /** Undefined for the refresh token, whose cookie is named by the settings. */
  name?: string
  /** The path over plain http. The prefix `__Host-` allows only `/` (RFC 6265bis section 4.1.3). */
  path: string
  httpOnly: boolean
}

const REFRESH: CookieKind = { path: '/auth/cookie', httpOnly: true }
const ACCESS: CookieKind = { name: 'access_token', path: '/api', httpOnly: true }
const CSRF_COOKIE = 'csrftoken'
const CSRF: CookieKind = { name: CSRF_COOKIE, path: '/', httpOnly: false }
const MARKER: CookieKind = { name: 'refresh_marker', path: '/', httpOnly: false }
const MARKER_LIFETIME_MS = 86_400_000
const EXPIRED = { value: '', lifetimeMs: 0 }
const CSRF_HEADER = 'X-CSRFToken'
/** The error code of a failed CSRF check. */
export const CSRF_FAILED = 'csrf_failed'

export function refreshTokenCookie(c: Context<AppEnv>): string | undefined {
  return read(c, REFRESH)
}

export function accessTokenCookie(c: Context<AppEnv>): string | undefined {
  return read(c, ACCESS)
}

export function createCsrfToken(): string {
  return randomBytes(16).toString('base64url')
}

/** Sets all cookies of a session. */
export function setSessionCookies(c: Context<AppEnv>, grant: Grant, csrfToken: string): void {
  write(c, REFRESH, { value: grant.refreshToken, lifetimeMs: grant.refreshLifetimeMs })
  write(c, CSRF, { value: csrfToken, lifetimeMs: grant.refreshLifetimeMs })
  if (grant.accessTokenIn === 'cookie') {
    write(c, ACCESS, { value: grant.accessToken, lifetimeMs: grant.accessLifetimeMs })
  }
}

/** Tells the pages of the browser that this request has been answered, also those that did not send it. */
export function setMarkerCookie(c: Context<AppEnv>): void {
  write(c, MARKER, { value: randomBytes(8).toString('base64url'), lifetimeMs: MARKER_LIFETIME_MS })
}

export function clearSessionCookies(c: Context<AppEnv>): void {
  write(c, REFRESH, EXPIRED)
  write(c, MARKER, EXPIRED)
  write(c, CSRF, EXPIRED)
  clearAccessTokenCookie(c)
}

export function clearAccessTokenCookie(c: Context<AppEnv>): void {
  write(c, ACCESS, EXPIRED)
}

/** The CSRF token, if the header repeats the cookie. This proves that the request comes from a page of this site. */
export function provenCsrfToken(c: Context<AppEnv>): string | undefined {
  const cookie = read(c, CSRF)
  const header = c.req.header(CSRF_HEADER)
  if (!cookie || !header) return undefined
  return timingSafeEqual(digest(cookie), digest(header)) ? cookie : undefined
}

/** @throws HttpError 403 unless the request has the CSRF token both as header and as cookie */
export function requireCsrfToken(c: Context<AppEnv>): string {
  const token = provenCsrfToken(c)
  if (token !== undefined) return token
  throw new HttpError(403, CSRF_FAILED, `the header ${CSRF_HEADER} must repeat the cookie ${CSRF_COOKIE}`)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function read(c: Context<AppEnv>, kind: CookieKind): string | undefined {
  const { name, secure } = c.get('cookies')
  const cookie = kind.name ?? name
  return secure ? getCookie(c, cookie, 'host') : getCookie(c, cookie)
}

function write(c: Context<AppEnv>, kind: CookieKind, { value, lifetimeMs }: { value: string; lifetimeMs: number }) {
  const { name, sameSite, secure } = c.get('cookies')
  const options: CookieOptions = {
    path: kind.path,
    httpOnly: kind.httpOnly,
    sameSite,
    maxAge: Math.ceil(lifetimeMs / 1_000),
  }
  // Over plain http browsers reject both the attribute and the prefix.
  setCookie(c, kind.name ?? name, value, secure ? { ...options, path: '/', secure: true, prefix: 'host' } : options)
}
