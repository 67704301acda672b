import { expect, it } from 'vitest'
import { isHealthy } from '../../src/http/session-service-routes.ts'
import { createSqliteStore } from '../../src/store/sqlite-store.ts'

it('the server is healthy while the store answers, and unhealthy once it fails', async () => {
  const store = createSqliteStore(':memory:')
  expect(await isHealthy(store)).toBe(true)
  await store.close()
  expect(await isHealthy(store)).toBe(false)
})

it('the server is unhealthy if the store does not answer in time', async () => {
  const store = createSqliteStore(':memory:')
  const hanging = { ...store, findFamily: () => new Promise<never>(() => {}) }
  expect(await isHealthy(hanging)).toBe(false)
  await store.close()
})
