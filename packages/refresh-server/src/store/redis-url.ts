const REDIS = /^rediss?:\/\//i

/** Whether a store is the address of a Redis, and not a file. */
export function isRedisUrl(store: string): boolean {
  return REDIS.test(store)
}
