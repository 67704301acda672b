import { createHash } from 'node:crypto'
import type { SessionFamily } from '../tokens/family.ts'
import type { RefreshVerdict } from '../tokens/rotation.ts'
import type { User } from '../users/users.ts'

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

/** What an entry says of the session that it is about. */
export function ofSession({ id, username, createdAt }: SessionFamily) {
  return { username, sessionId: id, sessionCreatedAt: createdAt }
}

export function signedIn(
  family: SessionFamily,
  { at, address, token }: { at: number; address: string; token: string },
): AuditEntry {
  const issued = fingerprint(token)
  return { at, operation: 'sign-in', outcome: 'ok', detail: 'password', ...ofSession(family), address, issued }
}

/** A sign-in that was refused. The name of a user only: what else was typed may be a password in the wrong field. */
export function signInRefused(
  user: User | undefined,
  { at, address, detail }: { at: number; address: string; detail: 'invalid_credentials' | 'rate_limited' },
): AuditEntry {
  const username = user?.username
  return { at, operation: 'sign-in', outcome: 'refused', detail, address, ...(username !== undefined && { username }) }
}

/** A request with a refresh token that was refused whatever the token is good for, or because it is good for nothing. */
export function tokenRefused(
  operation: 'refresh' | 'session-end',
  { at, address, detail, hash, family }: RefusedToken,
): AuditEntry {
  const presented = fingerprintOfHash(hash)
  return { at, operation, outcome: 'refused', detail, address, presented, ...(family && ofSession(family)) }
}

export interface RefusedToken {
  at: number
  address: string
  detail: string
  /** Of the token. */
  hash: string
  family: SessionFamily | undefined
}

export interface RefreshFacts {
  at: number
  address: string
  /** Hashes of tokens. */
  presented: string
  successor: string
}

/** What the audit trail says of a refresh. */
export function entriesOfRefresh(verdict: RefreshVerdict, facts: RefreshFacts): AuditEntry[] {
  const { at, address } = facts
  const { family } = verdict
  const refresh = {
    at,
    operation: 'refresh' as const,
    address,
    presented: fingerprintOfHash(facts.presented),
    ...(family !== undefined && ofSession(family)),
  }
  if (verdict.kind === 'rotated') {
    return [{ ...refresh, outcome: 'ok', detail: verdict.kind, issued: fingerprintOfHash(facts.successor) }]
  }
  if (verdict.kind !== 'rejected') return [{ ...refresh, outcome: 'ok', detail: verdict.kind }]
  const refused: AuditEntry = { ...refresh, outcome: 'refused', detail: verdict.reason }
  if (family === undefined || verdict.change.kind !== 'revoke') return [refused]
  return [refused, sessionEnd(family, { at, address, because: verdict.change.because })]
}

export function sessionEnd(
  family: SessionFamily,
  { at, address, because, presented }: { at: number; address: string; because: string; presented?: string },
): AuditEntry {
  return {
    ...{ at, operation: 'session-end', outcome: 'ok', detail: because, address, ...ofSession(family) },
    ...(presented !== undefined && { presented: fingerprintOfHash(presented) }),
  }
}
