import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import {
  type FamilyChange,
  type PresentedToken,
  type RefreshTokenRecord,
  type SessionFamily,
  sessionsToEnd,
} from '../tokens/family.ts'
import { createGroupCommit } from './group-commit.ts'
import { toFamily, toNote, toToken } from './sqlite-rows.ts'
import { openDatabase, truncateLog } from './sqlite-schema.ts'
import { createSqliteTrail } from './sqlite-trail.ts'
import { KEPT_AFTER_END_MS, type Revocation, type Store } from './store.ts'
import { createMemoryCounters } from './window-counters.ts'

/** How many rows a clean-up removes before other requests get a turn. */
const BATCH = 500

/**
 * Opens the embedded store, which uses Node's own SQLite.
 * @param path a file, or `:memory:`
 * @param readOnly opens the file without writing anything
 * @throws InvalidOptionError naming `store` if it cannot be opened
 */
export function createSqliteStore(path: string, readOnly?: boolean): Store {
  const database = openDatabase(path, readOnly)
  const statements = prepareStatements(database)
  const writes = createGroupCommit(database)
  const audit = createSqliteTrail({ database, write: writes.run })
  const counters = createMemoryCounters()

  function insertToken(token: RefreshTokenRecord): void {
    statements.insertToken.run(token.hash, token.familyId, token.predecessorHash ?? null, token.expiresAt)
  }

  function present(hash: string): PresentedToken | undefined {
    const row = statements.selectToken.get(hash)
    if (row === undefined) return undefined
    const token = toToken(row)
    const family = statements.selectFamily.get(token.familyId)
    return family === undefined ? undefined : { token, family: toFamily(family) }
  }

  function liveFamiliesOf(username: string, at: number): SessionFamily[] {
    return statements.selectLiveFamilies.all(username, at).map(toFamily)
  }

  function revoke(id: string, { at, because }: Revocation): boolean {
    return statements.revokeFamily.run(at, because, id).changes === 1
  }

  function apply(change: Exclude<FamilyChange, { kind: 'none' }>, { token, family }: PresentedToken): void {
    if (change.kind === 'revoke') {
      revoke(family.id, change)
      return
    }
    statements.useFamily.run(change.at, family.id)
    if (change.kind === 'keep') return
    const { replay } = change
    statements.spendToken.run(
      change.usedAt,
      replay?.idempotencyKey ?? null,
      replay?.sealedSuccessor ?? null,
      replay?.expiresAt ?? null,
      token.hash,
    )
    withdrawOffers(token.predecessorHash, replay?.idempotencyKey ?? null)
    insertToken(change.successor)
  }

  /** Withdraws the offers that lead to a token, unless that was spent with their key. */
  function withdrawOffers(predecessor: string | undefined, key: string | null): void {
    let hash: SQLOutputValue | undefined = predecessor
    while (typeof hash === 'string') hash = statements.withdrawReplay.get(hash, key)?.predecessor_hash
  }

  return {
    audit,

    async ready() {},

    async addFamily(family, first, addition) {
      return writes.run(() => {
        const { at, entriesOf } = addition
        const ended = sessionsToEnd(liveFamiliesOf(family.username, at), addition)
        for (const { id } of ended) revoke(id, { at, because: 'session-limit' })
        statements.insertFamily.run(
          family.id,
          family.username,
          family.createdAt,
          family.expiresAt,
          family.accessTokenIn,
          family.revokedAt ?? null,
          family.revokedBecause ?? null,
          family.lastUsedAt,
        )
        insertToken(first)
        audit.record(entriesOf?.(ended) ?? [])
        return ended
      })
    },

    async findFamily(id) {
      const row = statements.selectFamily.get(id)
      return row === undefined ? undefined : toFamily(row)
    },

    async liveFamiliesOf(username, at) {
      return liveFamiliesOf(username, at)
    },

    async revokeFamily(id, revocation) {
      return writes.run(() => {
        const revoked = revoke(id, revocation)
        if (revoked) audit.record(revocation.entries ?? [])
        return revoked
      })
    },

    async findToken(hash) {
      return present(hash)
    },

    async exchange(hash, decide) {
      return writes.run(() => {
        const presented = present(hash)
        const verdict = decide(presented)
        if (presented !== undefined && verdict.change.kind !== 'none') {
          apply(verdict.change, presented)
          audit.record(verdict.entries ?? [])
        }
        return verdict
      })
    },

    async removeEnded(now) {
      const before = now - KEPT_AFTER_END_MS
      for (let removed = 0; ; ) {
        const families = Number(statements.deleteFamilies.run(before, BATCH).changes)
        const tokens = Number(statements.deleteTokens.run(before, BATCH).changes)
        removed += families
        if (families < BATCH && tokens < BATCH) return removed
        // Other requests get a turn between two batches.
        await setImmediate()
        if (!database.isOpen) return removed
      }
    },

    async eraseUser(username, pseudonym) {
      const erased = await writes.run(() => ({
        sessions: Number(statements.deleteFamiliesOf.run(username).changes),
        notes: Number(statements.renameAuthor.run(pseudonym, username).changes),
      }))
      truncateLog(database)
      return erased
    },

    async addNote(note) {
      return writes.run(() => {
        const { lastInsertRowid } = statements.insertNote.run(note.patientId, note.author, note.text, note.createdAt)
        return { id: Number(lastInsertRowid), ...note }
      })
    },

    async notesOf(patientId) {
      return statements.selectNotes.all(patientId).map(toNote)
    },

    // Each process counts for itself: a count is not worth a write to the disk.
    newCounter: counters.newCounter,

    async close() {
      writes.flush()
      database.close()
      await counters.close()
    },
  }
}

function prepareStatements(database: DatabaseSync) {
  return {
    insertFamily: database.prepare(
      `INSERT INTO families
         (id, username, created_at, expires_at, access_token_in, revoked_at, revoked_because, last_used_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    deleteFamilies: database.prepare(
      `DELETE FROM families WHERE id IN (
         SELECT id FROM families WHERE min(expires_at, ifnull(revoked_at, expires_at)) <= ? LIMIT ?)`,
    ),
    deleteTokens: database.prepare(
      `DELETE FROM refresh_tokens WHERE hash IN (
         SELECT hash FROM refresh_tokens WHERE max(expires_at, ifnull(replay_expires_at, 0)) <= ? LIMIT ?)`,
    ),
    selectFamily: database.prepare('SELECT * FROM families WHERE id = ?'),
    selectLiveFamilies: database.prepare(
      'SELECT * FROM families WHERE username = ? AND expires_at > ? AND revoked_at IS NULL ORDER BY created_at, rowid',
    ),
    revokeFamily: database.prepare(
      'UPDATE families SET revoked_at = ?, revoked_because = ? WHERE id = ? AND revoked_at IS NULL',
    ),
    useFamily: database.prepare('UPDATE families SET last_used_at = max(last_used_at, ?) WHERE id = ?'),
    insertToken: database.prepare(
      'INSERT INTO refresh_tokens (hash, family_id, predecessor_hash, expires_at) VALUES (?, ?, ?, ?)',
    ),
    selectToken: database.prepare('SELECT * FROM refresh_tokens WHERE hash = ?'),
    spendToken: database.prepare(
      'UPDATE refresh_tokens SET used_at = ?, replay_key = ?, replay_sealed = ?, replay_expires_at = ? WHERE hash = ?',
    ),
    withdrawReplay: database.prepare(
      `UPDATE refresh_tokens SET replay_key = NULL, replay_sealed = NULL, replay_expires_at = NULL
       WHERE hash = ? AND replay_key IS NOT NULL AND replay_key IS NOT ? RETURNING predecessor_hash`,
    ),
    insertNote: database.prepare('INSERT INTO notes (patient_id, author, text, created_at) VALUES (?, ?, ?, ?)'),
    deleteFamiliesOf: database.prepare('DELETE FROM families WHERE username = ?'),
    renameAuthor: database.prepare('UPDATE notes SET author = ? WHERE author = ?'),
    selectNotes: database.prepare('SELECT * FROM notes WHERE patient_id = ? ORDER BY id'),
  }
}
