import type { Claims } from '../ports.ts'

const DATABASE = '@token-manager/sdk/claims'
const CLAIMS = 'claims'

/** No page remembers for longer that an attempt was still to be made. */
const KEPT_MS = 3_600_000
/** A database that takes longer does not answer any more. */
const PATIENCE_MS = 5_000

/** In wall time. */
interface Claim {
  at: number
  expiresAt: number
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1)
  request.onupgradeneeded = () => void request.result.createObjectStore(CLAIMS).createIndex('at', 'at')
  return settled(request)
}

/** Uses the claims in one transaction, which does not wait for this page: should it hang, the others would have to, too. */
function transact<T>(
  database: IDBDatabase,
  mode: IDBTransactionMode,
  use: (claims: IDBObjectStore) => IDBRequest<T> | undefined,
): Promise<T | undefined> {
  const transaction = database.transaction(CLAIMS, mode)
  const request = use(transaction.objectStore(CLAIMS))
  transaction.commit?.()
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request?.result)
    transaction.onabort = () => reject(transaction.error)
  })
}

/** Whether it is this page's now. Of all that add one key at the same moment one succeeds. */
async function add(database: IDBDatabase, key: IDBValidKey, claim: Claim): Promise<boolean> {
  try {
    await transact(database, 'readwrite', (claims) => claims.add(claim, key))
    return true
  } catch (error) {
    if ((error as Error | null)?.name === 'ConstraintError') return false
    throw error
  }
}

async function forgetOld(database: IDBDatabase): Promise<void> {
  const old = IDBKeyRange.upperBound(Date.now() - KEPT_MS)
  const keys = await transact(database, 'readonly', (claims) => claims.index('at').getAllKeys(old))
  if (!keys?.length) return
  await transact(database, 'readwrite', (claims) => {
    for (const key of keys) claims.delete(key)
    return undefined
  })
}

/** The database is closed after each use: a connection that is kept would stand in the way of who deletes it. */
async function using<T>(use: (database: IDBDatabase) => Promise<T>): Promise<T> {
  const database = await open()
  try {
    return await use(database)
  } finally {
    void forgetOld(database)
      .catch(() => {})
      .finally(() => database.close())
  }
}

/**
 * In IndexedDB, which unlike localStorage lets only one of two pages add a key.
 * @throws where the browser refuses it, or it does not answer
 */
export const claim: Claims['claim'] = async (name, first, lastsMs) => {
  const claiming = using(async (database) => {
    for (let number = first; ; number++) {
      const at = Date.now()
      if (await add(database, [name, number], { at, expiresAt: at + lastsMs })) return number
      const claim: Partial<Claim> = await transact(database, 'readonly', (claims) => claims.get([name, number]))
      const leftMs = Number(claim?.expiresAt) - Date.now()
      // None lasts longer than that: the clock was set back since.
      if (leftMs > 0 && leftMs < 2 * lastsMs) return undefined
    }
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  const hung = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('IndexedDB does not answer.')), PATIENCE_MS)
  })
  return Promise.race([claiming, hung]).finally(() => clearTimeout(timer))
}
