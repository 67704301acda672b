/** Why a session ended before its time. */
export const REVOCATION_CAUSES = ['reuse', 'sign-out', 'user-gone', 'session-limit'] as const

export type RevocationCause = (typeof REVOCATION_CAUSES)[number]

export function isRevocationCause(value: unknown): value is RevocationCause {
  return REVOCATION_CAUSES.some((cause) => cause === value)
}

/** One sign-in with every refresh token that descends from it. Its id is the `sid` claim of the access tokens. */
export interface SessionFamily {
  id: string
  username: string
  createdAt: number
  /** No token of the family is good for anything from then on. */
  expiresAt: number
  /** Where the browser keeps the access token. */
  accessTokenIn: 'body' | 'cookie'
  /** The sign-in, or the last refresh that was answered with a new token. */
  lastUsedAt: number
  revokedAt?: number
  revokedBecause?: RevocationCause
}

/** The successor of a spent refresh token, for whoever can show that token and the key of the request that spent it. */
export interface ReplayOffer {
  idempotencyKey: string
  /** Encrypted under a key that only the spent token gives. */
  sealedSuccessor: Uint8Array
  /** When the successor expires. */
  expiresAt: number
}

/** A refresh token, of which nothing but a hash is kept. */
export interface RefreshTokenRecord {
  hash: string
  familyId: string
  predecessorHash?: string
  expiresAt: number
  /** When it was spent first. */
  usedAt?: number
  /** Stands until the successor is used. */
  replay?: ReplayOffer
}

export interface PresentedToken {
  token: RefreshTokenRecord
  family: SessionFamily
}

/** What a verdict does to the family of the presented token. */
export type FamilyChange =
  | { kind: 'none' }
  | { kind: 'revoke'; at: number; because: RevocationCause }
  /** The token stays good; only `lastUsedAt` becomes `at`. */
  | { kind: 'keep'; at: number }
  /** The token is spent since `usedAt`; `lastUsedAt` becomes `at`. */
  | { kind: 'rotate'; at: number; usedAt: number; successor: RefreshTokenRecord; replay?: ReplayOffer }

/** How many sessions of one user may live at once. */
export interface SessionLimit {
  maxSessions: number
  /** Sessions that have expired by then do not count. */
  at: number
}

/** Those of the live sessions, oldest first, that give way to one more. */
export function beyondLimit(live: readonly SessionFamily[], { maxSessions }: SessionLimit): SessionFamily[] {
  return live.slice(0, Math.max(0, live.length + 1 - maxSessions))
}
