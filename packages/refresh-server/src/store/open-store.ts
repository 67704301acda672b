import { createRedisStore, type RedisStoreOptions } from './redis-store.ts'
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

const REDIS = /^rediss?:\/\//i
const ADDRESS = /^\w+:\/\//

/** Whether a store is the address of a Redis, and not a file. */
export function isRedisUrl(store: string): boolean {
  return REDIS.test(store)
}

/** Whether it is the address of something else, and may hold a password. */
export function isForeignUrl(store: string): boolean {
  return ADDRESS.test(store) && !isRedisUrl(store)
}
