import { DatabaseSync } from 'node:sqlite'
import { InvalidOptionError } from '../errors.ts'

const LOCK_WAIT_MS = 5_000

/** Migrations. The index of a step is the version that it migrates from. A released step never changes. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE families (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    access_token_in TEXT NOT NULL CHECK (access_token_in IN ('body', 'cookie')),
    revoked_at INTEGER
  ) STRICT;
  CREATE TABLE refresh_tokens (
    hash TEXT PRIMARY KEY,
    family_id TEXT NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    predecessor_hash TEXT,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    replay_key TEXT,
    replay_sealed BLOB,
    replay_expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    patient_id TEXT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX notes_by_patient ON notes (patient_id, id);
`,
  `
  ALTER TABLE families ADD COLUMN revoked_because TEXT;
  ALTER TABLE families ADD COLUMN last_used_at INTEGER NOT NULL DEFAULT 0;
  UPDATE families SET last_used_at = created_at;
  CREATE INDEX families_by_username ON families (username, created_at);
  CREATE INDEX families_by_end ON families (min(expires_at, ifnull(revoked_at, expires_at)));
  CREATE INDEX tokens_by_family ON refresh_tokens (family_id);
  CREATE INDEX tokens_by_end ON refresh_tokens (max(expires_at, ifnull(replay_expires_at, 0)));
`,
  `
  CREATE TABLE audit_subjects (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL UNIQUE,
    last_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE audit_places (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject INTEGER NOT NULL REFERENCES audit_subjects (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    last_at INTEGER NOT NULL,
    UNIQUE (subject, address)
  ) STRICT;
  CREATE TABLE audit_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'refused')),
    detail TEXT NOT NULL,
    subject INTEGER,
    place INTEGER,
    address TEXT,
    session_id TEXT,
    session_created_at INTEGER,
    presented TEXT,
    issued TEXT,
    times INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX audit_entries_by_time ON audit_entries (at);
  CREATE TABLE audit_retention (removed_before INTEGER NOT NULL) STRICT;
  INSERT INTO audit_retention VALUES (0);
  CREATE TRIGGER audit_entries_do_not_change BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
  CREATE TRIGGER audit_entries_are_not_replaced BEFORE INSERT ON audit_entries
    WHEN NEW.id IN (SELECT id FROM audit_entries)
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
  CREATE TRIGGER audit_entries_are_kept BEFORE DELETE ON audit_entries
    WHEN OLD.at >= (SELECT removed_before FROM audit_retention)
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
`,
]

/**
 * Opens a database, creates its tables if it is new, and migrates those of an earlier version.
 * @param path a file, or `:memory:`
 * @param readOnly opens the database without writing anything
 * @throws InvalidOptionError naming `store` if the file cannot be opened, or is no database of this server
 */
export function openDatabase(path: string, readOnly = false): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: LOCK_WAIT_MS, readOnly })
    // This comes before any write: a database of another program must stay unchanged.
    const version = readVersion(database)
    if (readOnly) {
      if (version < STEPS.length)
        throw new Error('it was written by an older version; start the server on it once to migrate it')
      return database
    }
    // synchronous = FULL: a rotation that a power cut undoes after its answer would sign the browser out.
    // secure_delete = ON: an erased user must not be readable in the file.
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON',
    )
    migrate(database)
    return database
  } catch (error) {
    if (database?.isOpen) database.close()
    const problem = error instanceof Error ? error.message : String(error)
    throw new InvalidOptionError('store', `cannot be opened as a database at "${path}": ${problem}`, { cause: error })
  }
}

function migrate(database: DatabaseSync): void {
  inTransaction(database, () => {
    for (const step of STEPS.slice(readVersion(database))) database.exec(step)
    database.exec(`PRAGMA user_version = ${STEPS.length}`)
  })
}

function readVersion(database: DatabaseSync): number {
  const version = database.prepare('PRAGMA user_version').get()?.user_version
  const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables
  if (version === 0 && tables === 0) return 0
  if (typeof version !== 'number' || version < 1) throw new Error('it contains the data of another program')
  if (version > STEPS.length) throw new Error('it was written by a newer version')
  return version
}

/** Runs `work` as one write transaction, undone if it throws. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // If the disk is full, SQLite has rolled back already.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Empties the write-ahead log, which still contains removed data. */
export function truncateLog(database: DatabaseSync): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}
