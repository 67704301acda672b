import { createHash } from 'node:crypto'
import type { SessionFamily } from '../tokens/family.ts'
import type { RefreshVerdict } from '../tokens/rotation.ts'
import type { User } from '../users/users.ts'

/** What happened. `access` is a refused call of the API; `session-end` is any early end of a session. */
export const OPERATIONS = ['sign-in', 'refresh', 'session-end', 'validate', 'access', 'erase'] as const

export type Operation = (typeof OPERATIONS)[number]

/** One entry of the audit trail. It never contains a token, a part of a token, or a password. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  at: number
  operation: Operation
  outcome: 'ok' | 'refused'
  /** How it succeeded, or why it was refused: `rotated`, `reused`, `invalid_credentials`, ... */
  detail: string
  /** The user, or a pseudonym after the user was erased. Absent if the user is unknown. */
  username?: string
  /** The address that the request came from. */
  address?: string
  sessionId?: string
  /** Epoch milliseconds of the sign-in of that session. */
  sessionCreatedAt?: number
  /** Fingerprint of the token in the request. */
  presented?: string
  /** Fingerprint of the refresh token in the answer. */
  issued?: string
  /** How many equal entries this one stands for; 1 by default. More if one address or session is refused very often. */
  times?: number
}

const FINGERPRINT_DIGITS = 16

/**
 * The first 16 hexadecimal digits of the SHA-256 of a token. `sha256sum` gives the same for a leaked token. A token cannot
 * be guessed from it.
 */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, FINGERPRINT_DIGITS)
}

/** The fingerprint of a token, from the hash that stores keep. */
export function fingerprintOfHash(hash: string): string {
  return Buffer.from(hash, 'base64url').toString('hex').slice(0, FINGERPRINT_DIGITS)
}

/** The members of an entry that describe its session. */
export function sessionFields({ id, username, createdAt }: SessionFamily) {
  return { username, sessionId: id, sessionCreatedAt: createdAt }
}

export function signedIn(
  family: SessionFamily,
  { at, address, token }: { at: number; address: string; token: string },
): AuditEntry {
  const issued = fingerprint(token)
  return { at, operation: 'sign-in', outcome: 'ok', detail: 'password', ...sessionFields(family), address, issued }
}

/** A refused sign-in. Only the name of a known user is recorded: other input may be a password in the wrong field. */
export function signInRefused(
  user: User | undefined,
  { at, address, detail }: { at: number; address: string; detail: 'invalid_credentials' | 'rate_limited' },
): AuditEntry {
  const username = user?.username
  return { at, operation: 'sign-in', outcome: 'refused', detail, address, ...(username !== undefined && { username }) }
}

/** A request with a refresh token that was refused: for another reason than the token, or because it is useless. */
export function tokenRefused(
  operation: 'refresh' | 'session-end',
  { at, address, detail, hash, family }: RefusedToken,
): AuditEntry {
  const presented = fingerprintOfHash(hash)
  return { at, operation, outcome: 'refused', detail, address, presented, ...(family && sessionFields(family)) }
}

export interface RefusedToken {
  at: number
  address: string
  detail: string
  /** Hash of the token. */
  hash: string
  family: SessionFamily | undefined
}

export interface RefreshFacts {
  at: number
  address: string
  /** Hashes of the presented token and of its successor. */
  presented: string
  successor: string
}

/** The entries of a refresh. A revoked session adds an entry of its own. */
export function entriesOfRefresh(verdict: RefreshVerdict, facts: RefreshFacts): AuditEntry[] {
  const { at, address } = facts
  const { family } = verdict
  const refresh = {
    at,
    operation: 'refresh' as const,
    address,
    presented: fingerprintOfHash(facts.presented),
    ...(family !== undefined && sessionFields(family)),
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
    ...{ at, operation: 'session-end', outcome: 'ok', detail: because, address, ...sessionFields(family) },
    ...(presented !== undefined && { presented: fingerprintOfHash(presented) }),
  }
}
