import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './sqlite-schema.ts'

export interface GroupCommit {
  /** Resolves or rejects with the result of `work`, once it is on the disk. If `work` throws, only its own changes are undone. */
  run<T>(work: () => T): Promise<T>
  /** Commits all waiting writes now. */
  flush(): void
}

interface Waiting {
  /** @returns a function that resolves or rejects the promise of the caller; called after the commit */
  attempt(): () => void
  reject(error: unknown): void
}

// A slow disk must not delay the next group twice.
const MAX_PAUSE_MS = 10

/**
 * Combines concurrent writes into one transaction, because waiting for the disk takes most of the time. The commit blocks
 * this process. After it the next group waits as long as the disk took, so that connections are accepted and requests
 * are read, which form the next group. A single write never waits.
 */
export function createGroupCommit(database: DatabaseSync): GroupCommit {
  let waiting: Waiting[] = []
  let pausesUntil = 0

  function schedule(): void {
    const pauseMs = pausesUntil - performance.now()
    if (pauseMs > 0) setTimeout(flush, pauseMs)
    else setImmediate(flush)
  }

  function flush(): void {
    const group = waiting
    if (group.length === 0) return
    waiting = []
    const startedAt = performance.now()
    try {
      const settle = inTransaction(database, () => group.map(({ attempt }) => attempt()))
      for (const notify of settle) notify()
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
    const endedAt = performance.now()
    pausesUntil = endedAt + Math.min(endedAt - startedAt, MAX_PAUSE_MS)
  }

  return {
    run(work) {
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) schedule()
        waiting.push({
          reject,
          attempt() {
            try {
              const result = inSavepoint(database, work)
              return () => resolve(result)
            } catch (error) {
              // SQLite ended the transaction, and undid all earlier work of the group with it.
              if (!database.isTransaction) throw error
              return () => reject(error)
            }
          },
        })
      })
    },
    flush,
  }
}

function inSavepoint<T>(database: DatabaseSync, work: () => T): T {
  database.exec('SAVEPOINT work')
  try {
    const result = work()
    database.exec('RELEASE work')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK TO work; RELEASE work')
    throw error
  }
}
