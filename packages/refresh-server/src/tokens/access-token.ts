import { randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { User } from '../users/users.ts'

const ALGORITHM = 'HS256'
const TYPE = 'at+jwt'
const ISSUER = 'urn:token-manager:refresh-server'
const AUDIENCE = 'urn:token-manager:ward-api'
// `iat` and `exp` are whole seconds: rounding takes up to one away, and no token shall end before its `expires_in` says.
const ROUNDING_S = 1

export interface AccessTokenClaims extends User {
  /** The session, as `sid`. */
  familyId: string
}

export type AccessTokenCheck = { kind: 'valid'; claims: AccessTokenClaims } | { kind: 'expired' } | { kind: 'invalid' }

export interface AccessTokens {
  issue(claims: AccessTokenClaims, lifetimeMs: number): Promise<string>
  check(token: string): Promise<AccessTokenCheck>
}

/** Access tokens as JWTs (RFC 9068), signed with HS256 under `secret`. */
export function createAccessTokens(secret: Uint8Array, now: () => number): AccessTokens {
  return {
    issue({ username, name, roles, familyId }, lifetimeMs) {
      const issuedAt = now()
      return new SignJWT({ sid: familyId, name, roles })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(username)
        .setJti(randomUUID())
        .setIssuedAt(Math.floor(issuedAt / 1_000))
        .setExpirationTime(Math.floor((issuedAt + lifetimeMs) / 1_000))
        .sign(secret)
    },

    async check(token) {
      try {
        const { payload } = await jwtVerify(token, secret, {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['exp', 'sub', 'sid'],
          currentDate: new Date(now()),
          clockTolerance: ROUNDING_S,
        })
        const claims = toClaims(payload)
        return claims === undefined ? { kind: 'invalid' } : { kind: 'valid', claims }
      } catch (error) {
        if (error instanceof errors.JWTExpired) return { kind: 'expired' }
        if (error instanceof errors.JOSEError) return { kind: 'invalid' }
        throw error
      }
    },
  }
}

function toClaims(payload: Record<string, unknown>): AccessTokenClaims | undefined {
  const { sub, sid, name, roles } = payload
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof name !== 'string') return undefined
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) return undefined
  return { username: sub, familyId: sid, name, roles }
}
