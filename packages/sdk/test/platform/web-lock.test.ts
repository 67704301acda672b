import { describe, expect, it } from 'vitest'
import { createWebLock } from '../../src/platform/web-lock.ts'
import { describeCount, describeLock } from '../support/lock-contract.ts'

const never = () => {
  throw new Error('Nothing is missing.')
}

describeLock('a lock across pages', () => createWebLock(navigator.locks, never))
describeCount(() => createWebLock(navigator.locks, never))

describe('scenario 20: a browser that refuses', () => {
  const refusing = {
    request: () => Promise.reject(new DOMException('no', 'SecurityError')),
    query: () => Promise.reject(new DOMException('no', 'SecurityError')),
  }
  const details: string[] = []
  const create = () => createWebLock(refusing as unknown as LockManager, (detail) => details.push(detail))

  describeLock('has locks within the page', create)

  it('can not say how many are in', async () => {
    expect(await create().count('a')).toBeUndefined()
    const request = () => Promise.reject(new DOMException('no', 'SecurityError'))
    const locks = { request, query: async () => ({ held: [] }) } as unknown as LockManager
    const lock = createWebLock(locks, () => {})
    expect(await lock.count('a')).toBe(0)
    await lock.request('a', {}, async () => {})
    expect(await lock.count('a')).toBeUndefined()
  })

  it('is told of once for each manager', async () => {
    details.length = 0
    const lock = create()
    for (let i = 0; i < 3; i++) await lock.request('a', {}, async () => {})
    expect(details).toHaveLength(1)
  })
})

it('an error of the work is no refusal', async () => {
  const lock = createWebLock(navigator.locks, never)
  const broken = () => Promise.reject(new DOMException('mine', 'SecurityError'))
  await expect(lock.request('a', {}, broken)).rejects.toThrow('mine')
})

it('a request that the browser aborts has failed; the next is made to the browser again', async () => {
  let asked = 0
  const aborting = {
    // As WebKit does when it caches a page.
    request: (_name: string, _options: LockOptions, run: () => Promise<void>) =>
      ++asked === 1 ? Promise.reject(new DOMException('cached', 'AbortError')) : run(),
    query: async () => ({ held: [] }),
  }
  const lock = createWebLock(aborting as unknown as LockManager, never)
  await expect(lock.request('a', {}, async () => {})).rejects.toThrow('cached')
  await lock.request('a', {}, async () => {})
  expect(asked).toBe(2)
})
