import { describe, expect, test, vi } from 'vitest'
import { webStore } from '../../src/stores/web.ts'
import { record } from '../support/record.ts'

describe.each(['local', 'session'] as const)('%s', (area) => {
  const storage = () => (area === 'local' ? localStorage : sessionStorage)

  test('keeps the newest record under one key until it is cleared', async () => {
    const store = webStore(area)
    expect(await store.load()).toBeUndefined()
    await store.save(record({ generation: 1 }))
    await store.save(record({ generation: 2 }))
    expect(await webStore(area).load()).toEqual(record({ generation: 2 }))
    expect(Object.keys({ ...storage() })).toEqual(['token-manager:session'])
    await store.clear()
    expect(await store.load()).toBeUndefined()
    expect(storage().length).toBe(0)
  })

  test('another key is another session', async () => {
    await webStore(area, { key: 'ward' }).save(record())
    expect(await webStore(area).load()).toBeUndefined()
    expect(await webStore(area, { key: 'ward' }).load()).toEqual(record())
  })

  test('without a key it is the one of the manager that asks', async () => {
    const store = webStore(area)
    await store.save(record({ sid: 'ward' }), 'token-manager:ward:1')
    await store.save(record({ sid: 'lab' }), 'token-manager:lab:2')
    expect(await store.load('token-manager:ward:1')).toMatchObject({ sid: 'ward' })
    await store.clear('token-manager:ward:1')
    expect(Object.keys({ ...storage() })).toEqual(['token-manager:lab:2:session'])
    const own = webStore(area, { key: 'ward' })
    await own.save(record(), 'token-manager:lab:2')
    expect(await own.load('token-manager:ward:1')).toEqual(record())
  })

  test.each(['', '{', 'null', '"x"', '{"v":'])(
    'what someone else wrote (%j) is handed on for what it is, and no failure',
    async (text) => {
      storage().setItem('token-manager:session', text)
      expect([null, 'x', text]).toContainEqual(await webStore(area).load())
    },
  )

  test('a blocked storage is store_failed, and not before it is used', async () => {
    const blocked = new DOMException('The operation is insecure.', 'SecurityError')
    vi.spyOn(globalThis, `${area}Storage`, 'get').mockImplementation(() => {
      throw blocked
    })
    const store = webStore(area)
    for (const attempt of [store.load(), store.save(record()), store.clear()]) {
      await expect(attempt).rejects.toMatchObject({ code: 'store_failed', cause: blocked })
    }
  })

  test('a full storage is store_failed, and quotes no token', async () => {
    vi.stubGlobal(`${area}Storage`, {
      setItem() {
        throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
      },
    })
    const saving = webStore(area).save(record({ refreshToken: 's3cr3t' }))
    await expect(saving).rejects.toMatchObject({ code: 'store_failed' })
    await expect(saving).rejects.not.toThrow('s3cr3t')
  })

  test('where there is no such storage, as on a server, it is store_failed', async () => {
    vi.stubGlobal(`${area}Storage`, undefined)
    await expect(webStore(area).load()).rejects.toMatchObject({ code: 'store_failed' })
  })
})

describe('subscribe', () => {
  const changeOf = (key: string | null) => window.dispatchEvent(Object.assign(new Event('storage'), { key }))

  test('tells of changes by other pages, until it is stopped', () => {
    const heard = vi.fn()
    const stop = webStore('local').subscribe?.(heard)
    changeOf('something else')
    expect(heard).toHaveBeenCalledTimes(0)
    changeOf('token-manager:session')
    expect(heard).toHaveBeenCalledTimes(1)
    changeOf(null)
    expect(heard).toHaveBeenCalledTimes(2)
    stop?.()
    changeOf('token-manager:session')
    expect(heard).toHaveBeenCalledTimes(2)
  })

  test('tells a manager of its own session only', () => {
    const heard = vi.fn()
    const stop = webStore('local').subscribe?.(heard, 'token-manager:ward:1')
    changeOf('token-manager:session')
    changeOf('token-manager:ward:1:session')
    expect(heard).toHaveBeenCalledTimes(1)
    stop?.()
  })

  test('is not for session storage, which no other page shares', () => {
    expect(webStore('session')).not.toHaveProperty('subscribe')
  })
})

test.each<[string, unknown[], RegExp]>([
  ['an area', ['cookie'], /area must be session or local/],
  ['a key', ['local', { key: '' }], /options\.key must be a string/],
  ['an option', ['local', { prefix: 'x' }], /options\.prefix is unknown: it must be one of key/],
  ['options', ['local', 'x'], /options must be an object/],
])('an odd %s is invalid_option', (_, options, problem) => {
  expect(() => Reflect.apply(webStore, undefined, options)).toThrow(problem)
})
