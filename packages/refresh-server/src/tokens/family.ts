/** Why a session was ended before it expired. */
export const REVOCATION_CAUSES = ['reuse', 'sign-out', 'user-gone', 'session-limit'] as const

export type RevocationCause = (typeof REVOCATION_CAUSES)[number]

export function isRevocationCause(value: unknown): value is RevocationCause {
  return REVOCATION_CAUSES.some((cause) => cause === value)
}

/**
 * A session: one sign-in with the family of all refresh tokens that descend from it. Its `id` is the `sid` claim of the
 * access tokens.
 */
export interface SessionFamily {
  id: string
  username: string
  createdAt: number
  /** Epoch milliseconds. From then on no token of the family is accepted. */
  expiresAt: number
  /** Where the browser keeps the access token. */
  accessTokenIn: 'body' | 'cookie'
  /** Epoch milliseconds of the sign-in, or of the last refresh that gave a new token. */
  lastUsedAt: number
  revokedAt?: number
  revokedBecause?: RevocationCause
}

/**
 * The successor of a spent refresh token. It is given again to a request that repeats the spent token with the same
 * idempotency key.
 */
export interface ReplayOffer {
  idempotencyKey: string
  /** Encrypted with a key that is derived from the spent token. */
  sealedSuccessor: Uint8Array
  /** When the successor expires. */
  expiresAt: number
}

/** A refresh token as the store keeps it: only its hash. */
export interface RefreshTokenRecord {
  hash: string
  familyId: string
  predecessorHash?: string
  expiresAt: number
  /** When it was used for the first time. */
  usedAt?: number
  /** Kept until the successor is used with another key. */
  replay?: ReplayOffer
}

/** A refresh token that a request carries, with its session. */
export interface PresentedToken {
  token: RefreshTokenRecord
  family: SessionFamily
}

/** The change that a decision makes to the family of the presented token. */
export type FamilyChange =
  | { kind: 'none' }
  | { kind: 'revoke'; at: number; because: RevocationCause }
  /** The token stays valid; `lastUsedAt` becomes `at`. */
  | { kind: 'keep'; at: number }
  /** The token is spent since `usedAt`, and gets a successor; `lastUsedAt` becomes `at`. */
  | { kind: 'rotate'; at: number; usedAt: number; successor: RefreshTokenRecord; replay?: ReplayOffer }

/** The limit of concurrent sessions of one user. */
export interface SessionLimit {
  maxSessions: number
  /** Sessions that are expired at this instant do not count. */
  at: number
}

/**
 * Selects the sessions to end so that one more fits into the limit.
 * @param live the live sessions of the user, oldest first
 */
export function sessionsToEnd(live: readonly SessionFamily[], { maxSessions }: SessionLimit): SessionFamily[] {
  return live.slice(0, Math.max(0, live.length + 1 - maxSessions))
}
