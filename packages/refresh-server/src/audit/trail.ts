import type { AuditEntry } from './entry.ts'

export interface Period {
  from: number
  /** The first instant after it. */
  until: number
}

/**
 * What happened to tokens and sessions, for as long as it is kept. Nothing changes an entry: names and addresses of users
 * stand beside the entries, and forgetting a user removes them there.
 */
export interface AuditTrail {
  /** Resolves once the entries are as safe as a session is. */
  append(entries: readonly AuditEntry[]): Promise<void>
  /** The entries of a period, about oldest first: processes that share a store need not agree on the time. */
  read(period: Period): AsyncIterable<AuditEntry>
  /** What would stand for a user who is erased, if there is an entry of that user. */
  pseudonymOf(username: string): Promise<string | undefined>
  /**
   * Removes the name and the addresses of a user.
   * @returns the pseudonym that stands in the entries from now on, or nothing if there is no entry of that user
   */
  eraseUser(username: string): Promise<string | undefined>
  /** Removes what is older; how retention works. */
  removeBefore(at: number): Promise<void>
}

/** What stands for a user of whom nothing else is known any more. */
export function pseudonym(subject: number | string): string {
  return `erased-${subject}`
}
