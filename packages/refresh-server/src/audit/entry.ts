import { createHash } from 'node:crypto'

/** What was asked of the server. `access` is a refused call of the API, `session-end` whatever ended a session early. */
export const OPERATIONS = ['sign-in', 'refresh', 'session-end', 'validate', 'access', 'erase'] as const

export type Operation = (typeof OPERATIONS)[number]

/** One line of the audit trail. No token and no part of one is ever in it, and no password. */
export interface AuditEntry {
  at: number
  operation: Operation
  outcome: 'ok' | 'refused'
  /** In which way, or why not: `rotated`, `reused`, `invalid_credentials`, ... */
  detail: string
  /** Of whom. Once the user is erased, a pseudonym. Absent where nobody is known. */
  username?: string
  /** Where the request came from. */
  address?: string
  sessionId?: string
  /** The sign-in of that session. */
  sessionCreatedAt?: number
  /** Fingerprint of the token that was shown. */
  presented?: string
  /** Fingerprint of the refresh token that was given. */
  issued?: string
  /** Stands for so many alike, where one address or session was refused without end; 1. */
  times?: number
}

const FINGERPRINT_DIGITS = 16

/**
 * The first 16 hexadecimal digits of a token's SHA-256: what `sha256sum` prints of a token that was found somewhere, and
 * nothing that a token could be guessed from.
 */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, FINGERPRINT_DIGITS)
}

/** The fingerprint of the token with that hash, as stores keep it. */
export function fingerprintOfHash(hash: string): string {
  return Buffer.from(hash, 'base64url').toString('hex').slice(0, FINGERPRINT_DIGITS)
}
