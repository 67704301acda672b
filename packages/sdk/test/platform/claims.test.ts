import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { beforeEach, expect, it, vi } from 'vitest'
import { claim } from '../../src/platform/claims.ts'

const MINUTE = 60_000
const NOON = 1_800_000_000_000

function setClock(now: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now })
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('IDBKeyRange', IDBKeyRange)
  setClock(NOON)
})

const claimTogether = (pages: number) => Promise.all(Array.from({ length: pages }, () => claim('a:1', 1, MINUTE)))

async function storedKeys(): Promise<IDBValidKey[]> {
  const opening = indexedDB.open('@token-manager/sdk/claims')
  await new Promise((resolve) => (opening.onsuccess = resolve))
  const all = opening.result.transaction('claims').objectStore('claims').getAllKeys()
  await new Promise((resolve) => (all.onsuccess = resolve))
  opening.result.close()
  return all.result
}

it('of those who claim an attempt at the same moment one gets it', async () => {
  const numbers = await claimTogether(5)
  expect(numbers.filter((number) => number !== undefined)).toEqual([1])
})

it('the next attempt, and another generation, are claimed by themselves', async () => {
  await claim('a:1', 1, MINUTE)
  expect([await claim('a:1', 2, MINUTE), await claim('a:2', 1, MINUTE)]).toEqual([2, 1])
})

it('a claim of a page that is gone passes: the next number is free then, for one', async () => {
  await claim('a:1', 1, MINUTE)
  setClock(NOON + MINUTE - 1)
  expect(await claim('a:1', 1, MINUTE)).toBeUndefined()
  setClock(NOON + MINUTE)
  const numbers = await claimTogether(5)
  expect(numbers.filter((number) => number !== undefined)).toEqual([2])
})

it('a clock that is set back makes no claim last for hours', async () => {
  await claim('a:1', 1, MINUTE)
  setClock(NOON - 60 * MINUTE)
  expect(await claim('a:1', 1, MINUTE)).toBe(2)
})

it('old claims are forgotten', async () => {
  await claim('a:1', 1, MINUTE)
  setClock(NOON + 61 * MINUTE)
  await claim('a:2', 1, MINUTE)
  await vi.waitFor(async () => expect(await storedKeys()).toEqual([['a:2', 1]]))
})

it('a browser that refuses the database is told of by a rejection', async () => {
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  })
  await expect(claim('a:1', 1, MINUTE)).rejects.toThrow('insecure')
})

it('a database that never answers is not waited for', async () => {
  vi.useFakeTimers()
  vi.spyOn(indexedDB, 'open').mockReturnValue({} as IDBOpenDBRequest)
  const claiming = claim('a:1', 1, MINUTE)
  const rejected = expect(claiming).rejects.toThrow('does not answer')
  await vi.advanceTimersByTimeAsync(10_000)
  await rejected
})
