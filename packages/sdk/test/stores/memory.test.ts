import { expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.ts'
import { record } from '../support/record.ts'

test('keeps the newest record until it is cleared', async () => {
  const store = memoryStore()
  expect(await store.load()).toBeUndefined()
  await store.save(record({ generation: 1 }))
  await store.save(record({ generation: 2 }))
  expect(await store.load()).toEqual(record({ generation: 2 }))
  await store.clear()
  expect(await store.load()).toBeUndefined()
})

test('is its own: nothing is shared with another, or written anywhere', async () => {
  const store = memoryStore()
  await store.save(record({ refreshToken: 's3cr3t' }))
  expect(await memoryStore().load()).toBeUndefined()
  expect(localStorage.length + sessionStorage.length).toBe(0)
  expect(store.subscribe).toBeUndefined()
})
