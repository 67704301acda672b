import { jwtDecode } from 'jwt-decode'
import { isTokenManagerError, TokenManagerError } from '../errors.ts'
import type { TokenSet } from '../types.ts'
import { isClaims, type Json, membersOf } from './json.ts'
import { isLifetime, isToken, MAX_LIFETIME_MS, MAX_TOKEN_LENGTH } from './schema.ts'

/** Whom a session belongs to; `claims` is empty where the access token is no JWT. */
export type SubjectOf = (json: Json, claims: Json) => string | undefined

export interface TokenResponseFormat {
  accessTokenIn: 'header' | 'cookie'
  refreshTokenIn: 'body' | 'cookie'
  /** Brings the answer into a form that is understood here. */
  fromBody?: ((json: unknown) => unknown) | undefined
  /** Default: the claim `sub`, then `user_id`. */
  subject?: SubjectOf | undefined
  /** The answer began a session, maybe a while ago: an access token that has expired is no error where it can be renewed. */
  isSignIn?: boolean
  /** Wall clock, for a JWT that says when it expires where nothing tells the server's time. */
  wallNow: number
  /** The answer's `Date` in epoch milliseconds, where it could be read. */
  date?: number
}

type Names = readonly string[]

const ACCESS_TOKEN: Names = ['access', 'accessToken', 'access_token', 'token']
const REFRESH_TOKEN: Names = ['refresh', 'refreshToken', 'refresh_token']
// A number without a unit counts seconds in the first of these, and milliseconds in the others.
const ACCESS_LIFETIME: Names = ['expires_in', 'expiresIn', 'accessLifetimeMs']
const REFRESH_LIFETIME: Names = ['refresh_expires_in', 'refreshExpiresIn', 'refreshLifetimeMs']

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const isSessionId = (id: string): boolean => /^[!-~]{1,200}$/.test(id)

function invalid(problem: string): TokenManagerError {
  return new TokenManagerError('invalid_response', `token response: ${problem}`)
}

/** The first of `names` that there is; null is as good as absent. */
function find(json: Json, names: Names): string | undefined {
  return names.find((name) => json[name] != null)
}

function findToken(json: Json, names: Names): string | undefined {
  const name = find(json, names)
  const token = name && json[name]
  if (token === undefined || isToken(token)) return token
  throw invalid(`${name} is no token`)
}

function checkLifetime(name: string, lifetimeMs: number): number {
  if (isLifetime(lifetimeMs)) return lifetimeMs
  throw invalid(`${name} is no lifetime up to 10 years`)
}

function findLifetime(json: Json, names: Names): number | undefined {
  const name = find(json, names)
  if (!name) return undefined
  const value = json[name]
  const text = typeof value === 'object' ? '' : `${value}`.trim()
  const [, amount, unit = name === names[0] ? 's' : 'ms'] = /^(\d+(?:\.\d+)?)(ms|[smhd])?$/.exec(text) ?? []
  return checkLifetime(name, Number(amount) * (UNITS[unit] ?? 0))
}

/** The claims of a JWT, unverified: to verify them is for the server. Undefined for an opaque token. */
export function decodeClaims(token: string | undefined): Json | undefined {
  try {
    const claims: unknown = token && jwtDecode(token)
    return isClaims(claims) ? claims : undefined
  } catch {
    return undefined
  }
}

/** RFC 7519 section 4.1: `exp` and `iat` count seconds. */
const toMs = (seconds: unknown): number => (typeof seconds === 'number' ? seconds * 1_000 : Number.NaN)

/**
 * The latest that the answer tells of the server's time: the `iat` of each JWT in it (SimpleJWT copies that of the refresh
 * token into each access token, and only a new refresh token tells the time), and its `Date`, if it is before the expiry.
 */
function tellTime(json: Json, exp: number, { date = Number.NaN }: TokenResponseFormat): number {
  const issued = Object.values(json).map((value) => toMs(isToken(value) ? decodeClaims(value)?.iat : undefined))
  const told = [...issued.filter((at) => !(at - exp > MAX_LIFETIME_MS)), ...(date >= exp ? [] : [date])]
  return Math.max(...told.filter((at) => !Number.isNaN(at)))
}

/** `expiresIn: 900` that meant seconds, beside a JWT of 15 minutes. */
const isInWrongUnit = (statedMs: number, claimedMs: number): boolean =>
  claimedMs > statedMs * 300 && claimedMs < statedMs * 3_000

interface Instants {
  exp: number
  iat: number
  /** The server's time as far as the answer tells it, else that of the device. */
  now: number
  isTold: boolean
  wallNow: number
}

function lifetimeOf(statedMs: number | undefined, { exp, iat, now, isTold }: Instants): number {
  const claimedMs = exp - now
  // Nothing that is stated is refuted by the clock of the device, nor by a token that makes no sense.
  const isRefutable = isTold && claimedMs <= MAX_LIFETIME_MS && !(iat >= exp)
  if (statedMs !== undefined && !isRefutable) return statedMs
  checkLifetime('exp', claimedMs)
  return statedMs === undefined || isInWrongUnit(statedMs, claimedMs) ? claimedMs : Math.min(statedMs, claimedMs)
}

/** By its own word, or by a clock. Where only the device's clock is wrong, that costs one refresh. */
function hasExpired(json: Json, { exp, now, wallNow }: Instants): boolean {
  const name = find(json, ACCESS_LIFETIME)
  return (name !== undefined && Number.parseFloat(`${json[name]}`) <= 0) || exp <= Math.max(now, wallNow)
}

function findSubject(json: Json, claims: Json, subject: SubjectOf | undefined): string | undefined {
  const found = subject ? subject(json, claims) : (claims.sub ?? claims.user_id ?? json.subject)
  if (found == null) return undefined
  if (typeof found !== 'string' && typeof found !== 'number') throw invalid('the subject is no string')
  if (`${found}`.length > MAX_TOKEN_LENGTH) throw invalid('the subject is too long')
  return `${found}`
}

/** A hint, as the refresh token's claims are. `sid`: OpenID Connect Front-Channel Logout 1.0 section 3. */
function findSessionId({ sessionId }: Json, { sid }: Json): string | undefined {
  return [sessionId, sid].find((id) => typeof id === 'string' && isSessionId(id)) as string | undefined
}

function read(response: unknown, format: TokenResponseFormat): TokenSet {
  const { accessTokenIn, refreshTokenIn, fromBody, wallNow } = format
  const json = membersOf(fromBody ? fromBody(response) : response)
  // As a promise or a Response is one, whose JSON was not awaited.
  if (!json || Object.keys(json).length === 0) throw invalid('no JSON object, or an empty one')
  const accessToken = accessTokenIn === 'header' ? findToken(json, ACCESS_TOKEN) : undefined
  if (accessTokenIn === 'header' && !accessToken) throw invalid(`no ${ACCESS_TOKEN.join(', ')}`)
  const claims = decodeClaims(accessToken)
  const exp = toMs(claims?.exp)
  const told = tellTime(json, exp, format)
  const isTold = Number.isFinite(told)
  const now = isTold ? told : wallNow
  const instants: Instants = { exp, iat: toMs(claims?.iat), now, isTold, wallNow }
  const refreshToken = refreshTokenIn === 'body' ? findToken(json, REFRESH_TOKEN) : undefined
  const isRenewable = format.isSignIn && (refreshToken !== undefined || refreshTokenIn === 'cookie')
  const isStated = find(json, ACCESS_LIFETIME) !== undefined
  if (!isStated && !claims) throw invalid('no expires_in or expiresIn, and no JWT')
  const accessLifetimeMs =
    isRenewable && hasExpired(json, instants) ? 0 : lifetimeOf(findLifetime(json, ACCESS_LIFETIME), instants)
  // A refresh token is the server's own affair: if it is a JWT its claims are a hint, and nothing in it is an error.
  const hintMs = toMs(decodeClaims(refreshToken)?.exp) - now
  const refreshLifetimeMs = findLifetime(json, REFRESH_LIFETIME) ?? (isLifetime(hintMs) ? hintMs : undefined)
  const subject = findSubject(json, claims ?? {}, format.subject)
  const sessionId = findSessionId(json, claims ?? {})
  return {
    accessLifetimeMs,
    ...(accessToken && { accessToken }),
    ...(claims && { claims }),
    ...(refreshToken && { refreshToken }),
    ...(refreshLifetimeMs && { refreshLifetimeMs }),
    ...(subject !== undefined && { subject }),
    ...(sessionId !== undefined && { sessionId }),
    // Whole seconds do not refute what is stated beside them.
    ...(isLifetime(exp - now) && {
      serverTime: {
        expiresAt: isStated ? exp + 1_000 : exp,
        ...(isTold && { now }),
        ...(now === format.date && { isDated: true }),
      },
    }),
  }
}

/** The refresh token in an answer that is no token response: the endpoint may have spent the one before. */
export function findSuccessor(
  response: unknown,
  { refreshTokenIn, fromBody }: Pick<TokenResponseFormat, 'refreshTokenIn' | 'fromBody'>,
): string | undefined {
  try {
    const json = membersOf(fromBody ? fromBody(response) : response)
    return json && refreshTokenIn === 'body' ? findToken(json, REFRESH_TOKEN) : undefined
  } catch {
    return undefined
  }
}

/**
 * Reads a token endpoint's answer (RFC 6749 section 5.1, and the field names that other endpoints use).
 * @throws TokenManagerError `invalid_response` that names what is missing or wrong, and never shows a value
 */
export function parseTokenResponse(response: unknown, format: TokenResponseFormat): TokenSet {
  try {
    return read(response, format)
  } catch (error) {
    // A getter or a function of the app may throw anything, which may quote what it read.
    throw isTokenManagerError(error) && error.code === 'invalid_response' ? error : invalid('could not be read')
  }
}
