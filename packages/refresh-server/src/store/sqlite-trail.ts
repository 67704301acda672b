import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { type AuditEntry, OPERATIONS } from '../audit/entry.ts'
import { type AuditTrail, pseudonym } from '../audit/trail.ts'
import { DAY_MS } from '../duration.ts'
import { truncateLog } from './sqlite-schema.ts'

/** How many rows are read or removed before other requests get a turn. */
const BATCH = 500

export interface SqliteTrailOptions {
  database: DatabaseSync
  /** Runs `work` as one write transaction, and resolves once it is on the disk. */
  write<T>(work: () => T): Promise<T>
}

export interface SqliteTrail extends AuditTrail {
  /** Adds entries to the current transaction. */
  record(entries: readonly AuditEntry[]): void
}

/** Creates the audit trail in the database of the embedded store. Triggers allow only the retention to remove entries. */
export function createSqliteTrail({ database, write }: SqliteTrailOptions): SqliteTrail {
  const statements = prepareStatements(database)

  function subjectOf(username: string, at: number): number {
    const known = statements.selectSubject.get(username)
    if (known === undefined) return Number(statements.insertSubject.run(username, at).lastInsertRowid)
    if (Number(known.last_at) + DAY_MS < at) statements.useSubject.run(at, known.id ?? null)
    return Number(known.id)
  }

  function placeOf(subject: number, address: string, at: number): number {
    const known = statements.selectPlace.get(subject, address)
    if (known === undefined) return Number(statements.insertPlace.run(subject, address, at).lastInsertRowid)
    if (Number(known.last_at) + DAY_MS < at) statements.usePlace.run(at, known.id ?? null)
    return Number(known.id)
  }

  function record(entries: readonly AuditEntry[]): void {
    for (const entry of entries) {
      const { at, username, address } = entry
      const subject = username === undefined ? null : subjectOf(username, at)
      const place = subject === null || address === undefined ? null : placeOf(subject, address, at)
      statements.insertEntry.run(
        at,
        entry.operation,
        entry.outcome,
        entry.detail,
        subject,
        place,
        // Without a known user there is nobody to erase later, so the address is part of the entry.
        subject === null ? (address ?? null) : null,
        entry.sessionId ?? null,
        entry.sessionCreatedAt ?? null,
        entry.presented ?? null,
        entry.issued ?? null,
        entry.times ?? 1,
      )
    }
  }

  return {
    record,

    append: (entries) => write(() => record(entries)),

    async *read({ from, until }) {
      let after = { at: from, id: 0 }
      for (;;) {
        const rows = statements.selectEntries.all(after.at, after.at, after.id, until, BATCH)
        for (const row of rows) yield toEntry(row)
        const last = rows.at(-1)
        if (last === undefined || rows.length < BATCH) return
        after = { at: Number(last.at), id: Number(last.id) }
        await setImmediate()
      }
    },

    async pseudonymOf(username) {
      const id = statements.selectSubject.get(username)?.id
      return id === undefined ? undefined : pseudonym(Number(id))
    },

    async eraseUser(username) {
      const erased = await write(() => {
        const id = statements.selectSubject.get(username)?.id
        if (id === undefined) return undefined
        statements.deleteSubject.run(id)
        return pseudonym(Number(id))
      })
      truncateLog(database)
      return erased
    },

    async removeBefore(at) {
      await write(() => statements.moveRetention.run(at))
      for (;;) {
        const removed = await write(() => Number(statements.deleteEntries.run(at, BATCH).changes))
        // Other requests get a turn between two batches.
        await setImmediate()
        if (!database.isOpen) return
        if (removed < BATCH) break
      }
      // The last use is accurate to a day.
      await write(() => {
        statements.deletePlaces.run(at - DAY_MS)
        statements.deleteSubjects.run(at - DAY_MS)
      })
    },
  }
}

function toEntry(row: Record<string, SQLOutputValue>): AuditEntry {
  const operation = OPERATIONS.find((known) => known === row.operation)
  if (operation === undefined) throw new TypeError('the audit trail contains an unknown operation')
  const text = (column: string) => (typeof row[column] === 'string' ? row[column] : undefined)
  const integer = (column: string) => (typeof row[column] === 'number' ? row[column] : undefined)
  const [subject, times] = [integer('subject'), integer('times')]
  const username = text('username') ?? (subject === undefined ? undefined : pseudonym(subject))
  const address = text('address') ?? text('place_address')
  const [sessionId, sessionCreatedAt] = [text('session_id'), integer('session_created_at')]
  const [presented, issued] = [text('presented'), text('issued')]
  return {
    at: integer('at') ?? 0,
    operation,
    outcome: row.outcome === 'ok' ? 'ok' : 'refused',
    detail: text('detail') ?? '',
    ...(username !== undefined && { username }),
    ...(address !== undefined && { address }),
    ...(sessionId !== undefined && { sessionId }),
    ...(sessionCreatedAt !== undefined && { sessionCreatedAt }),
    ...(presented !== undefined && { presented }),
    ...(issued !== undefined && { issued }),
    ...(times !== undefined && times > 1 && { times }),
  }
}

function prepareStatements(database: DatabaseSync) {
  return {
    insertEntry: database.prepare(
      `INSERT INTO audit_entries (at, operation, outcome, detail, subject, place, address, session_id,
         session_created_at, presented, issued, times)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    selectEntries: database.prepare(
      `SELECT entry.*, who.username, place.address AS place_address
       FROM audit_entries AS entry
       LEFT JOIN audit_subjects AS who ON who.id = entry.subject
       LEFT JOIN audit_places AS place ON place.id = entry.place
       WHERE entry.at >= ? AND (entry.at, entry.id) > (?, ?) AND entry.at < ? ORDER BY entry.at, entry.id LIMIT ?`,
    ),
    deleteEntries: database.prepare(
      'DELETE FROM audit_entries WHERE id IN (SELECT id FROM audit_entries WHERE at < ? LIMIT ?)',
    ),
    moveRetention: database.prepare('UPDATE audit_retention SET removed_before = ?'),
    selectSubject: database.prepare('SELECT id, last_at FROM audit_subjects WHERE username = ?'),
    insertSubject: database.prepare('INSERT INTO audit_subjects (username, last_at) VALUES (?, ?)'),
    useSubject: database.prepare('UPDATE audit_subjects SET last_at = ? WHERE id = ?'),
    deleteSubject: database.prepare('DELETE FROM audit_subjects WHERE id = ?'),
    deleteSubjects: database.prepare('DELETE FROM audit_subjects WHERE last_at < ?'),
    selectPlace: database.prepare('SELECT id, last_at FROM audit_places WHERE subject = ? AND address = ?'),
    insertPlace: database.prepare('INSERT INTO audit_places (subject, address, last_at) VALUES (?, ?, ?)'),
    usePlace: database.prepare('UPDATE audit_places SET last_at = ? WHERE id = ?'),
    deletePlaces: database.prepare('DELETE FROM audit_places WHERE last_at < ?'),
  }
}
