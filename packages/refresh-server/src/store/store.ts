import type { AuditEntry } from '../audit/entry.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { CounterSource } from '../limits/window-counter.ts'
import type {
  FamilyChange,
  PresentedToken,
  RefreshTokenRecord,
  RevocationCause,
  SessionFamily,
  SessionLimit,
} from '../tokens/family.ts'

/** How long what has ended is kept after that, so that a browser that comes late hears what became of its session. */
export const KEPT_AFTER_END_MS = 24 * 60 * 60_000

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
export interface Store extends CounterSource {
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
  close(): Promise<void>
}
