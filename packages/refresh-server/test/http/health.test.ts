import { expect, it } from 'vitest'
import { isHealthy } from '../../src/http/session-service-routes.ts'
import { createSqliteStore } from '../../src/store/sqlite-store.ts'

it('is healthy while the store answers, and not once it fails', async () => {
  const store = createSqliteStore(':memory:')
  expect(await isHealthy(store)).toBe(true)
  await store.close()
  expect(await isHealthy(store)).toBe(false)
})

it('does not wait for ever for a store that hangs', async () => {
  const store = createSqliteStore(':memory:')
  const hanging = { ...store, findFamily: () => new Promise<never>(() => {}) }
  expect(await isHealthy(hanging)).toBe(false)
  await store.close()
})
