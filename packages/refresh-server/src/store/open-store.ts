import { createRedisStore, type RedisStoreOptions } from './redis-store.ts'
import { isRedisUrl } from './redis-url.ts'
import { createSqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'

export interface StoreOptions extends RedisStoreOptions {
  /** Nothing shall be changed. Default false. */
  readOnly?: boolean
}

/**
 * @param store a database file, `:memory:`, or the address of a Redis
 * @throws InvalidOptionError naming `store`
 */
export function openStore(store: string, options: StoreOptions): Store {
  return isRedisUrl(store) ? createRedisStore(store, options) : createSqliteStore(store, options.readOnly)
}
