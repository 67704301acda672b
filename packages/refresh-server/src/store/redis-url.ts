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
