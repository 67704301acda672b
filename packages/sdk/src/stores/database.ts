/** Not a name that an app would give to a database of its own. */
const DATABASE = '@token-manager/sdk'
const SESSIONS = 'sessions'

/** The sessions of an origin, by name. What is read is untrusted. */
export interface Database {
  get(name: string): Promise<unknown>
  /** Puts what `next` makes of what is there, or leaves that alone for undefined. Nobody writes in between. */
  update(name: string, next: (existing: unknown) => object | undefined): Promise<void>
  delete(name: string): Promise<void>
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    // Where the database was deleted in the middle no error says so.
    transaction.onabort = () => reject(transaction.error ?? new DOMException('The transaction ended.', 'AbortError'))
  })
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1)
  request.onupgradeneeded = () => void request.result.createObjectStore(SESSIONS)
  return settled(request)
}

/**
 * Opens the database for one use. A connection that is kept would have to be given up whenever another page deletes or
 * upgrades the database, and made anew when the user clears the site's data; one that lasts for milliseconds need not.
 */
export async function withDatabase<T>(use: (database: Database) => Promise<T>): Promise<T> {
  const connection = await open()

  async function transact<R>(mode: IDBTransactionMode, run: (sessions: IDBObjectStore) => Promise<R>): Promise<R> {
    // A refresh token that was spent can not be had again: its successor is to survive a loss of power.
    const transaction = connection.transaction(SESSIONS, mode, { durability: 'strict' })
    const [result] = await Promise.all([run(transaction.objectStore(SESSIONS)), completed(transaction)])
    return result
  }

  try {
    return await use({
      get: (name) => transact('readonly', (sessions) => settled<unknown>(sessions.get(name))),
      update: (name, next) =>
        transact('readwrite', async (sessions) => {
          const record = next(await settled<unknown>(sessions.get(name)))
          if (record) await settled(sessions.put(record, name))
        }),
      delete: (name) => transact('readwrite', (sessions) => settled(sessions.delete(name))),
    })
  } finally {
    connection.close()
  }
}
