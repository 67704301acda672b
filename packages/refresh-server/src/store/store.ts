import type { AuditEntry } from '../audit/entry.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { WindowCounter, WindowCounterOptions } from '../limits/window-counter.ts'

/** Why a session ended before its time. */
export const REVOCATION_CAUSES = ['reuse', 'sign-out', 'user-gone', 'session-limit'] as const

export type RevocationCause = (typeof REVOCATION_CAUSES)[number]

export function isRevocationCause(value: unknown): value is RevocationCause {
  return REVOCATION_CAUSES.some((cause) => cause === value)
}

/** How long what has ended is kept after that, so that a browser that comes late hears what became of its session. */
export const KEPT_AFTER_END_MS = 24 * 60 * 60_000

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

export interface Addition extends SessionLimit {
  /** What the audit trail shall say of it. Must be pure, since a store may have to ask again. */
  entriesOf?: (ended: readonly SessionFamily[]) => readonly AuditEntry[]
}

export interface Revocation {
  at: number
  because: RevocationCause
  /** What the audit trail shall say of it. */
  entries?: readonly AuditEntry[]
}

export interface Note {
  id: number
  patientId: string
  author: string
  text: string
  createdAt: number
}

/** Where sessions, notes and the counts of the rate limits live. Asynchronous, so that a store beyond this process fits in. */
export interface Store {
  readonly audit: AuditTrail
  /**
   * Resolves when the store answers. Everything else may be called before, and waits for that.
   * @throws InvalidOptionError naming `store` if it cannot be reached
   */
  ready(): Promise<void>
  /**
   * Adds a session and ends the oldest of that user beyond the limit, because of `session-limit`: with its entries in the
   * audit trail one atomic step.
   * @returns the sessions that were ended
   */
  addFamily(family: SessionFamily, first: RefreshTokenRecord, addition: Addition): Promise<SessionFamily[]>
  findFamily(id: string): Promise<SessionFamily | undefined>
  /** The sessions of a user that are neither revoked nor expired `at` that instant, oldest first. */
  liveFamiliesOf(username: string, at: number): Promise<SessionFamily[]>
  /**
   * Revokes a session, with its entries in the audit trail one atomic step.
   * @returns false if there is no such session, or it was revoked before; nothing is recorded then
   */
  revokeFamily(id: string, revocation: Revocation): Promise<boolean>
  /** The token with that hash, as it is now; to decide on it use `exchange`. */
  findToken(hash: string): Promise<PresentedToken | undefined>
  /**
   * Finds the token with that hash, asks `judge` what to do about it, and does that: one atomic step, whatever other
   * requests or processes do meanwhile. A change takes its `entries` into the audit trail with it. `judge` must be pure,
   * since a store may have to ask it again.
   * @returns what `judge` said
   */
  exchange<Verdict extends { change: FamilyChange; entries?: readonly AuditEntry[] }>(
    hash: string,
    judge: (presented: PresentedToken | undefined) => Verdict,
  ): Promise<Verdict>
  /**
   * Removes sessions that ended, and refresh tokens that expired with nothing to replay, {@link KEPT_AFTER_END_MS} or
   * more before `now`. A store that forgets by itself has nothing to do.
   * @returns how many sessions were removed
   */
  removeEnded(now: number): Promise<number>
  /**
   * Removes all sessions of a user, and puts `pseudonym` for the author of their notes.
   * @returns how many of each there were
   */
  eraseUser(username: string, pseudonym: string): Promise<{ sessions: number; notes: number }>
  addNote(note: Omit<Note, 'id'>): Promise<Note>
  /** Oldest first. */
  notesOf(patientId: string): Promise<Note[]>
  /** Counts that live where the sessions do, so that processes which share these share them too. */
  newCounter(options: WindowCounterOptions): WindowCounter
  close(): Promise<void>
}
