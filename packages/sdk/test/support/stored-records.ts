const DATABASE = '@token-manager/sdk'
const SESSIONS = 'sessions'

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** A connection of somebody else's to the database of encrypted sessions. */
export async function openConnection(
  version?: number,
  upgrade?: (database: IDBDatabase) => void,
): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, version)
  request.onupgradeneeded = () => upgrade?.(request.result)
  return settled(request)
}

async function using<T>(use: (sessions: IDBObjectStore) => Promise<T>): Promise<T> {
  const connection = await openConnection()
  try {
    return await use(connection.transaction(SESSIONS, 'readwrite').objectStore(SESSIONS))
  } finally {
    connection.close()
  }
}

/** All that lies in the database, by name. */
export function storedRecords(): Promise<Map<string, Record<string, unknown>>> {
  return using(async (sessions) => {
    const names = await settled(sessions.getAllKeys())
    const records = await settled<Record<string, unknown>[]>(sessions.getAll())
    return new Map(records.map((record, index) => [String(names[index]), record]))
  })
}

/** Puts something else in the place of a record. */
export function changeStored(name: string, change: (lying: Record<string, unknown>) => unknown): Promise<unknown> {
  return using(async (sessions) => settled(sessions.put(change(await settled(sessions.get(name))), name)))
}

/** Deletes the database, or tells that somebody is in the way. */
export function deleteStored(): Promise<'deleted' | 'blocked'> {
  const request = indexedDB.deleteDatabase(DATABASE)
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve('deleted')
    request.onblocked = () => resolve('blocked')
    request.onerror = () => reject(request.error)
  })
}
