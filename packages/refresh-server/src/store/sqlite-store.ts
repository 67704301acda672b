import type { DatabaseSync } from 'node:sqlite'
import { toFamily, toNote, toToken } from './sqlite-rows.ts'
import { inTransaction, openDatabase } from './sqlite-schema.ts'
import type { FamilyChange, PresentedToken, RefreshTokenRecord, Store } from './store.ts'

/**
 * The embedded store, on Node's own SQLite.
 * @param path a file, or `:memory:`
 * @throws InvalidOptionError naming `store` if it cannot be opened
 */
export function createSqliteStore(path: string): Store {
  const database = openDatabase(path)
  const statements = prepareStatements(database)

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

  function apply(change: FamilyChange, { token, family }: PresentedToken): void {
    if (change.kind === 'revoke') statements.revokeFamily.run(change.at, family.id)
    if (change.kind !== 'rotate') return
    const { replay } = change
    statements.spendToken.run(
      change.usedAt,
      replay?.idempotencyKey ?? null,
      replay?.sealedSuccessor ?? null,
      replay?.expiresAt ?? null,
      token.hash,
    )
    if (token.predecessorHash !== undefined) statements.withdrawReplay.run(token.predecessorHash)
    insertToken(change.successor)
  }

  return {
    async addFamily(family, first) {
      inTransaction(database, () => {
        statements.insertFamily.run(
          family.id,
          family.username,
          family.createdAt,
          family.expiresAt,
          family.accessTokenIn,
          family.revokedAt ?? null,
        )
        insertToken(first)
      })
    },

    async findFamily(id) {
      const row = statements.selectFamily.get(id)
      return row === undefined ? undefined : toFamily(row)
    },

    async exchange(hash, judge) {
      return inTransaction(database, () => {
        const presented = present(hash)
        const verdict = judge(presented)
        if (presented !== undefined) apply(verdict.change, presented)
        return verdict
      })
    },

    async addNote(note) {
      const { lastInsertRowid } = statements.insertNote.run(note.patientId, note.author, note.text, note.createdAt)
      return { id: Number(lastInsertRowid), ...note }
    },

    async notesOf(patientId) {
      return statements.selectNotes.all(patientId).map(toNote)
    },

    async close() {
      database.close()
    },
  }
}

function prepareStatements(database: DatabaseSync) {
  return {
    insertFamily: database.prepare('INSERT INTO families VALUES (?, ?, ?, ?, ?, ?)'),
    selectFamily: database.prepare('SELECT * FROM families WHERE id = ?'),
    revokeFamily: database.prepare('UPDATE families SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL'),
    insertToken: database.prepare(
      'INSERT INTO refresh_tokens (hash, family_id, predecessor_hash, expires_at) VALUES (?, ?, ?, ?)',
    ),
    selectToken: database.prepare('SELECT * FROM refresh_tokens WHERE hash = ?'),
    spendToken: database.prepare(
      'UPDATE refresh_tokens SET used_at = ?, replay_key = ?, replay_sealed = ?, replay_expires_at = ? WHERE hash = ?',
    ),
    withdrawReplay: database.prepare(
      'UPDATE refresh_tokens SET replay_key = NULL, replay_sealed = NULL, replay_expires_at = NULL WHERE hash = ?',
    ),
    insertNote: database.prepare('INSERT INTO notes (patient_id, author, text, created_at) VALUES (?, ?, ?, ?)'),
    selectNotes: database.prepare('SELECT * FROM notes WHERE patient_id = ? ORDER BY id'),
  }
}
