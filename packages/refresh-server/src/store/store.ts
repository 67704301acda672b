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

/** How long an ended session is kept, so that a browser that asks later learns why its session ended. */
export const KEPT_AFTER_END_MS = 24 * 60 * 60_000

export interface Addition extends SessionLimit {
  /** Gives the audit entries of the sign-in. Must be pure, because a store may call it again. */
  entriesOf?: (ended: readonly SessionFamily[]) => readonly AuditEntry[]
}

export interface Revocation {
  at: number
  because: RevocationCause
  /** The audit entries of the revocation. */
  entries?: readonly AuditEntry[]
}

/** A note about a patient of the protected demo API. */
export interface Note {
  id: number
  patientId: string
  author: string
  text: string
  /** Epoch milliseconds. */
  createdAt: number
}

/** Keeps sessions, notes, the audit trail and the counts of the rate limits. */
export interface Store extends CounterSource {
  readonly audit: AuditTrail
  /**
   * Resolves when the store answers. Other methods may be called earlier, and wait.
   * @throws InvalidOptionError naming `store` if it cannot be reached
   */
  ready(): Promise<void>
  /**
   * Adds a session, and ends the oldest sessions of that user over the limit, with the cause `session-limit`. Sessions and
   * audit entries change in one atomic step.
   * @returns the sessions that were ended
   */
  addFamily(family: SessionFamily, first: RefreshTokenRecord, addition: Addition): Promise<SessionFamily[]>
  findFamily(id: string): Promise<SessionFamily | undefined>
  /** The sessions of a user that are neither revoked nor expired at the instant `at`, oldest first. */
  liveFamiliesOf(username: string, at: number): Promise<SessionFamily[]>
  /**
   * Revokes a session and records the audit entries in one atomic step.
   * @returns false if there is no such session, or it was revoked before; then nothing is recorded
   */
  revokeFamily(id: string, revocation: Revocation): Promise<boolean>
  /** The current state of the token with that hash. To decide on it, use `exchange`. */
  findToken(hash: string): Promise<PresentedToken | undefined>
  /**
   * Finds the token with that hash, lets `decide` choose a change, and applies it together with its audit entries: one
   * atomic step across requests and processes. `decide` must be pure, because a store may call it again.
   * @returns the result of `decide`
   */
  exchange<Verdict extends { change: FamilyChange; entries?: readonly AuditEntry[] }>(
    hash: string,
    decide: (presented: PresentedToken | undefined) => Verdict,
  ): Promise<Verdict>
  /**
   * Removes sessions that ended, and refresh tokens that expired without a replay offer, at least
   * {@link KEPT_AFTER_END_MS} before `now`. A store with keys that expire has nothing to do.
   * @returns how many sessions were removed
   */
  removeEnded(now: number): Promise<number>
  /**
   * Removes all sessions of a user, and replaces the author of their notes by `pseudonym`.
   * @returns how many of each were changed
   */
  eraseUser(username: string, pseudonym: string): Promise<{ sessions: number; notes: number }>
  addNote(note: Omit<Note, 'id'>): Promise<Note>
  /** Oldest first. */
  notesOf(patientId: string): Promise<Note[]>
  close(): Promise<void>
}
