import { createClient } from '@redis/client'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { startRedis } from '../../../../test/tools/redis.ts'
import { storeUnderTest } from './store-under-test.ts'

// Runs the tests of a file on a Redis of their own, each on an empty one.
const redis = await startRedis()
const client = redis === undefined ? undefined : createClient({ url: redis.url })

beforeAll(async () => {
  if (redis !== undefined) storeUnderTest.url = redis.url
  await client?.connect()
})

beforeEach(async ({ skip }) => {
  if (client === undefined) return skip('there is no redis-server, and it cannot be installed here')
  await client.flushAll()
})

afterAll(async () => {
  client?.destroy()
  await redis?.close()
})
