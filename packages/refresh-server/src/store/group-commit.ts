import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './sqlite-schema.ts'

export interface GroupCommit {
  /** Settles with what `work` gave or threw, once it is on the disk. What throws is undone, and nothing else is. */
  run<T>(work: () => T): Promise<T>
  /** Commits what waits for that, now. */
  flush(): void
}

interface Waiting {
  /** @returns what tells the caller, once it is committed */
  attempt(): () => void
  reject(error: unknown): void
}

// A disk that takes longer than usual shall not be waited for twice.
const MAX_PAUSE_MS = 10

/**
 * Puts writes that come together into one transaction: waiting for the disk takes longer than all else, and so happens
 * once for all of them. As nothing else happens in this process meanwhile, it then pauses for as long as the disk took,
 * so that connections are accepted and requests read, which are the next group. Who comes alone never waits.
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
      for (const tell of settle) tell()
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
              // Undone with all before it: what came after would be on its own.
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
