import { createRedisStore, type RedisStoreOptions } from './redis-store.ts'
import { createSqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'

const REDIS = /^rediss?:\/\//i
const ADDRESS = /^\w+:\/\//

export interface StoreOptions extends RedisStoreOptions {
  /** Opens the store without changing anything. Default false. */
  readOnly?: boolean
}

/**
 * Opens the store that an option or argument names.
 * @param store a database file, `:memory:`, or the address of a Redis
 * @throws InvalidOptionError naming `store`
 */
export function openStore(store: string, options: StoreOptions): Store {
  return isRedisUrl(store) ? createRedisStore(store, options) : createSqliteStore(store, options.readOnly)
}

/** Whether the store is the address of a Redis instead of a file. */
export function isRedisUrl(store: string): boolean {
  return REDIS.test(store)
}

/** Whether the store is the address of something else, which may contain a password. */
export function isForeignUrl(store: string): boolean {
  return ADDRESS.test(store) && !isRedisUrl(store)
}
