import { isJsonObject } from '../input.ts'
import { REUSE_MODES, type ReuseMode } from '../tokens/rotation.ts'
import { isPasswordHash } from '../users/passwords.ts'
import { MAX_USERNAME_LENGTH, type UserRecord } from '../users/users.ts'
import type { CookieOptions } from './options.ts'

// RFC 7518 section 3.2: a key for HS256 needs at least 256 bits.
export const MIN_SECRET_BYTES = 32
// 32 random bytes nearly always give at least as many different characters, even in hexadecimal.
const MIN_DIFFERENT = 10
const PLACEHOLDER = /change.?me|change.?this|placeholder|your.+secret|super.?secret|example|password|replace/i

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0
}

export function isReuseMode(value: unknown): value is ReuseMode {
  return REUSE_MODES.some((mode) => mode === value)
}

export function isSecret(value: unknown): value is string | undefined {
  return typeof value === 'string' && Buffer.byteLength(value) >= MIN_SECRET_BYTES
}

/** Whether a value is a Bearer token (RFC 6750 section 2.1) of sufficient length. */
export function isMetricsToken(value: unknown): value is string | undefined {
  return typeof value === 'string' && value.length >= MIN_SECRET_BYTES && /^[A-Za-z0-9._~+/-]+=*$/.test(value)
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

export function isUserList(value: unknown): value is readonly UserRecord[] {
  return Array.isArray(value) && value.length > 0 && value.every(isUserRecord)
}

function isUserRecord(value: unknown): value is UserRecord {
  if (!isJsonObject(value)) return false
  const { username, name, roles, passwordHash } = value
  return (
    isText(username) &&
    username.length <= MAX_USERNAME_LENGTH &&
    isText(name) &&
    Array.isArray(roles) &&
    roles.every(isText) &&
    isText(passwordHash) &&
    isPasswordHash(passwordHash)
  )
}

export function isOriginList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((origin) => isText(origin) && URL.parse(origin)?.origin === origin)
}

export function isCookieOptions(value: unknown): value is CookieOptions {
  if (!isJsonObject(value)) return false
  const { name, sameSite, secure, ...others } = value
  return (
    (name === undefined || isCookieName(name)) &&
    (sameSite === undefined || isSameSite(sameSite)) &&
    (secure === undefined || secure === true || secure === 'auto') &&
    Object.keys(others).length === 0
  )
}

/** Allows letters, digits, `_`, `.` and `-`, but no prefix and no name of the other cookies. */
export function isCookieName(value: unknown): value is string {
  return typeof value === 'string' && /^(?!__|csrftoken$|access_token$|refresh_marker$)[\w.-]{1,64}$/.test(value)
}

export function isSameSite(value: unknown): value is 'strict' | 'lax' {
  return value === 'strict' || value === 'lax'
}

export function isClock(value: unknown): value is () => number {
  return typeof value === 'function' && Number.isFinite(value())
}

export function isLog(value: unknown): value is (line: string) => void {
  return typeof value === 'function'
}

/** Says why a secret could be guessed. Undefined if it seems strong. */
export function problemOfSecret(secret: string): string | undefined {
  if (secret.length === 0) return 'is empty'
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) return `is weak: it has fewer than ${MIN_SECRET_BYTES} bytes`
  if (PLACEHOLDER.test(secret)) return 'is weak: it looks like the placeholder of an example'
  if (new Set(secret).size < MIN_DIFFERENT) return `is weak: it has fewer than ${MIN_DIFFERENT} different characters`
  return undefined
}
