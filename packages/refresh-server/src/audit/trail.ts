import type { AuditEntry } from './entry.ts'

export interface Period {
  /** Epoch milliseconds. */
  from: number
  /** The first instant after the period. */
  until: number
}

/**
 * The record of what happened to tokens and sessions. Entries never change. Names and addresses of users are stored
 * beside the entries, so that erasing a user removes them there.
 */
export interface AuditTrail {
  /** Resolves once the entries are as safe as a session is. */
  append(entries: readonly AuditEntry[]): Promise<void>
  /** The entries of a period, roughly oldest first: processes that share a store may have different clocks. */
  read(period: Period): AsyncIterable<AuditEntry>
  /** The pseudonym that a user would get when erased. Undefined if there is no entry of that user. */
  pseudonymOf(username: string): Promise<string | undefined>
  /**
   * Removes the name and the addresses of a user.
   * @returns the pseudonym that the entries show from now on, or undefined if there is no entry of that user
   */
  eraseUser(username: string): Promise<string | undefined>
  /** Removes entries older than `at`. The retention calls it. */
  removeBefore(at: number): Promise<void>
}

/** The name that entries show for an erased user. */
export function pseudonym(subject: number | string): string {
  return `erased-${subject}`
}
