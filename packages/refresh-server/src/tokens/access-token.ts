import { type KeyObject, randomUUID } from 'node:crypto'
import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { User } from '../users/users.ts'
import { ALGORITHMS, type KeyRing } from './signing-keys.ts'

const TYPE = 'at+jwt'
const ISSUER = 'urn:token-manager:refresh-server'
const AUDIENCE = 'urn:token-manager:ward-api'
// `iat` and `exp` are whole seconds. Rounding down takes up to one second, and no token may end before its `expires_in`.
const ROUNDING_S = 1

export interface AccessTokenClaims extends User {
  /** The session; the claim `sid`. */
  familyId: string
}

export type AccessTokenCheck =
  | { kind: 'valid' | 'expired'; claims: AccessTokenClaims; expiresAt: number }
  | { kind: 'invalid' }

export interface AccessTokens {
  issue(claims: AccessTokenClaims, lifetimeMs: number): Promise<string>
  check(token: string): Promise<AccessTokenCheck>
}

/** Issues and checks access tokens as JWTs (RFC 9068). */
export function createAccessTokens(keys: KeyRing, now: () => number): AccessTokens {
  return {
    issue({ username, name, roles, familyId }, lifetimeMs) {
      const issuedAt = now()
      const { kid, algorithm, signWith } = keys.signing()
      return new SignJWT({ sid: familyId, name, roles })
        .setProtectedHeader({ alg: algorithm, typ: TYPE, ...(kid !== undefined && { kid }) })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(username)
        .setJti(randomUUID())
        .setIssuedAt(Math.floor(issuedAt / 1_000))
        .setExpirationTime(Math.floor((issuedAt + lifetimeMs) / 1_000))
        .sign(signWith)
    },

    async check(token) {
      try {
        const { payload } = await jwtVerify(token, (header) => verifyingKey(keys, header), {
          algorithms: [...ALGORITHMS],
          typ: TYPE,
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['exp', 'sub', 'sid'],
          currentDate: new Date(now()),
          clockTolerance: ROUNDING_S,
        })
        return toCheck('valid', payload)
      } catch (error) {
        // The expiry is checked last, so everything else about the token is valid.
        if (error instanceof errors.JWTExpired) return toCheck('expired', error.payload)
        if (error instanceof errors.JOSEError) return { kind: 'invalid' }
        throw error
      }
    },
  }
}

function verifyingKey(keys: KeyRing, header: JWTHeaderParameters): KeyObject {
  const key = keys.find(header)
  if (key === undefined) throw new errors.JWKSNoMatchingKey()
  return key.verifyWith
}

function toCheck(kind: 'valid' | 'expired', payload: JWTPayload): AccessTokenCheck {
  const claims = toClaims(payload)
  if (claims === undefined || payload.exp === undefined) return { kind: 'invalid' }
  return { kind, claims, expiresAt: payload.exp * 1_000 }
}

function toClaims(payload: JWTPayload): AccessTokenClaims | undefined {
  const { sub, sid, name, roles } = payload
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof name !== 'string') return undefined
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) return undefined
  return { username: sub, familyId: sid, name, roles }
}
