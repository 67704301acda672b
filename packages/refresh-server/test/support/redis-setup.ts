import { createClient } from '@redis/client'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { startRedis } from '../../../../test/tools/redis.ts'
import { storeUnderTest } from './store-under-test.ts'

// Runs the tests of each file on its own Redis, which is emptied before each test.
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
