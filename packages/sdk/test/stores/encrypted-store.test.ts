import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { SessionStore } from '../../src/ports.ts'
import { encryptedStore } from '../../src/stores/encrypted-store.ts'
import { record } from '../support/record.ts'
import { deleteStored, openConnection, storedRecords } from '../support/stored-records.ts'

const SECRET = { accessToken: 'SECRET.access', refreshToken: 'SECRET-refresh' }
const NAME = 'token-manager'

beforeEach(() => void vi.stubGlobal('indexedDB', new IDBFactory()))

async function saved(members = {}): Promise<SessionStore> {
  const store = encryptedStore()
  await store.save(record({ ...SECRET, ...members }))
  return store
}

const standing = async (name = NAME) => (await storedRecords()).get(name)

describe('a session', () => {
  test('is there until it is cleared, also for a page that comes later', async () => {
    expect(await encryptedStore().load()).toBeUndefined()
    const store = await saved({ generation: 1 })
    await store.save(record({ ...SECRET, generation: 2, claims: { roles: ['nurse'] }, subject: 'Åmara' }))
    const expected = record({ ...SECRET, generation: 2, claims: { roles: ['nurse'] }, subject: 'Åmara' })
    expect(await encryptedStore().load()).toEqual(expected)
    await store.clear()
    expect(await encryptedStore().load()).toBeUndefined()
    expect((await storedRecords()).size).toBe(0)
  })

  test('lies in one record, which holds no token in clear', async () => {
    await saved()
    const records = await storedRecords()
    expect([...records.keys()]).toEqual([NAME])
    const { sealed, nonce, key, ...header } = records.get(NAME) ?? {}
    expect(header).toEqual({ v: 1, name: NAME, epoch: 1, sid: 's1', generation: 1 })
    expect(nonce).toHaveLength(12)
    expect(key).toBeInstanceOf(CryptoKey)
    expect(Buffer.from(sealed as ArrayBuffer).toString('latin1')).not.toContain('SECRET')
  })

  test('is sealed with a key that nobody gets out of the browser', async () => {
    await saved()
    const { key } = (await standing()) as { key: CryptoKey }
    expect(key).toMatchObject({ extractable: false, type: 'secret', algorithm: { name: 'AES-GCM', length: 256 } })
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toMatchObject({ name: 'InvalidAccessError' })
  })

  test('is sealed with the same key at each write, and never the same nonce', async () => {
    const store = await saved()
    const generate = vi.spyOn(crypto.subtle, 'generateKey')
    const nonces = new Set<string>()
    const sealed = new Set<string>()
    for (let write = 0; write < 50; write++) {
      await store.save(record(SECRET))
      const lying = (await standing()) as { nonce: Uint8Array; sealed: ArrayBuffer }
      nonces.add(String(lying.nonce))
      sealed.add(String(new Uint8Array(lying.sealed)))
    }
    expect([nonces.size, sealed.size]).toEqual([50, 50])
    expect(generate).not.toHaveBeenCalled()
    await store.clear()
    await store.save(record(SECRET))
    expect(generate).toHaveBeenCalledTimes(1)
  })

  test('belongs to the manager that asks, or to the name that the store was given', async () => {
    const store = encryptedStore()
    await store.save(record({ sid: 'ward' }), 'token-manager:ward:1')
    await store.save(record({ sid: 'lab' }), 'token-manager:lab:2')
    await encryptedStore({ name: 'own' }).save(record({ sid: 'own' }), 'token-manager:lab:2')
    expect(await store.load('token-manager:ward:1')).toMatchObject({ sid: 'ward' })
    expect(await store.load('token-manager:lab:2')).toMatchObject({ sid: 'lab' })
    expect(await encryptedStore({ name: 'own' }).load()).toMatchObject({ sid: 'own' })
    await store.clear('token-manager:lab:2')
    expect([...(await storedRecords()).keys()]).toEqual(['own', 'token-manager:ward:1'])
  })
})

describe('two pages that write at once', () => {
  test.each([
    ['make the key at once', async () => {}],
    ['have a key', async () => void (await saved())],
  ])('and %s: leave one whole record and one key', async (_, before) => {
    await before()
    const pages = Array.from({ length: 8 }, (_, page) => ({ store: encryptedStore(), sid: `s${page}` }))
    await Promise.all(pages.map(({ store, sid }) => store.save(record({ ...SECRET, sid }))))
    const loaded = await Promise.all(pages.map(({ store }) => store.load()))
    expect(new Set(loaded.map((session) => JSON.stringify(session))).size).toBe(1)
    expect(pages.map(({ sid }) => record({ ...SECRET, sid }))).toContainEqual(loaded[0])
    expect((await storedRecords()).size).toBe(1)
  })

  test('an older generation does not replace a newer one, another sign-in replaces any', async () => {
    const store = await saved({ generation: 3 })
    await encryptedStore().save(record({ generation: 2 }))
    expect(await store.load()).toMatchObject({ generation: 3 })
    await encryptedStore().save(record({ generation: 3, commitId: 'c2' }))
    expect(await store.load()).toMatchObject({ commitId: 'c2' })
    await encryptedStore().save(record({ sid: 's2', epoch: 0, generation: 1 }))
    expect(await store.load()).toMatchObject({ sid: 's2' })
  })

  test('each hears of what the other did, and only of that', async () => {
    const [here, there] = [encryptedStore(), encryptedStore()]
    const heard: string[] = []
    const stops = [here.subscribe?.(() => heard.push('here')), there.subscribe?.(() => heard.push('there'))]
    stops.push(encryptedStore({ name: 'other' }).subscribe?.(() => heard.push('other')))
    await here.save(record())
    await vi.waitFor(() => expect(heard).toEqual(['there']))
    await there.clear()
    await vi.waitFor(() => expect(heard).toEqual(['there', 'here']))
    for (const stop of stops) stop?.()
    await here.save(record())
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(heard).toEqual(['there', 'here'])
  })
})

describe('a browser that refuses', () => {
  const refused = (name: string) => () => {
    throw new DOMException('SECRET', name)
  }

  test.each<[string, () => void, string]>([
    ['IndexedDB', () => vi.stubGlobal('indexedDB', undefined), 'TypeError'],
    ['to open it', () => vi.spyOn(indexedDB, 'open').mockImplementation(refused('SecurityError')), 'SecurityError'],
    // As in a context that is not secure.
    ['Web Crypto', () => vi.spyOn(crypto, 'subtle', 'get').mockReturnValue(Object(undefined)), 'TypeError'],
    ['keys', () => vi.spyOn(crypto.subtle, 'generateKey').mockImplementation(refused('NotSupportedError')), 'NotSupp'],
  ])('%s: is store_failed, and not before it is used', async (_, refuse, name) => {
    refuse()
    const saving = encryptedStore().save(record(SECRET))
    await expect(saving).rejects.toMatchObject({ code: 'store_failed', cause: { name: expect.stringContaining(name) } })
    await expect(saving).rejects.not.toThrow('SECRET')
  })

  test('more room: is store_failed, and what was there stays whole', async () => {
    const store = await saved()
    const { IDBObjectStore } = await import('fake-indexeddb')
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(refused('QuotaExceededError'))
    await expect(store.save(record({ generation: 2 }))).rejects.toMatchObject({
      code: 'store_failed',
      cause: { name: 'QuotaExceededError' },
    })
    put.mockRestore()
    expect(await store.load()).toEqual(record(SECRET))
  })

  test('a channel: writes all the same', async () => {
    vi.stubGlobal('BroadcastChannel', refused('SecurityError'))
    const store = await saved()
    expect(await store.load()).toEqual(record(SECRET))
    store.subscribe?.(() => {})()
  })
})

describe('a database', () => {
  test('that is deleted while nothing is written: nobody is in its way, and the next write makes it anew', async () => {
    const store = await saved()
    expect(await deleteStored()).toBe('deleted')
    expect(await store.load()).toBeUndefined()
    await store.save(record({ generation: 2 }))
    expect(await store.load()).toEqual(record({ generation: 2 }))
  })

  test('that is deleted in the middle of a write: leaves a whole record or none', async () => {
    const store = await saved()
    const outcomes = await Promise.allSettled([
      store.save(record({ generation: 2 })),
      deleteStored(),
      store.save(record({ generation: 3 })),
      store.load(),
    ])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'store_failed' })
    }
    expect([2, 3, undefined]).toContain(((await store.load()) as { generation?: number } | undefined)?.generation)
  })

  test('that finds at the very end that there is no room: is store_failed', async () => {
    const store = await saved()
    const { IDBObjectStore } = await import('fake-indexeddb')
    const { put } = IDBObjectStore.prototype
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: InstanceType<typeof IDBObjectStore>,
      ...given
    ) {
      const request = put.apply(this, given)
      request.addEventListener('success', () => this.transaction.abort())
      return request
    })
    await expect(store.save(record({ generation: 2 }))).rejects.toMatchObject({
      code: 'store_failed',
      cause: { name: 'AbortError' },
    })
    expect(await store.load()).toEqual(record(SECRET))
  })

  test('of a newer version of the SDK, or of somebody else: is store_failed, and left alone', async () => {
    const newer = await openConnection(2, (database) => void database.createObjectStore('sessions'))
    newer.close()
    await expect(encryptedStore().save(record())).rejects.toMatchObject({ cause: { name: 'VersionError' } })
    vi.stubGlobal('indexedDB', new IDBFactory())
    const foreign = await openConnection(1, (database) => void database.createObjectStore('something'))
    foreign.close()
    await expect(encryptedStore().load()).rejects.toMatchObject({
      code: 'store_failed',
      cause: { name: 'NotFoundError' },
    })
  })
})

test.each<[string, unknown[], RegExp]>([
  ['a name', [{ name: '' }], /options\.name must be a string/],
  ['an option', [{ key: 'x' }], /options\.key is unknown: it must be one of name/],
  ['options', ['x'], /options must be an object/],
])('an odd %s is invalid_option', (_, options, problem) => {
  expect(() => Reflect.apply(encryptedStore, undefined, options)).toThrow(problem)
})
