import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { SessionStore } from '../../src/ports.ts'
import { encryptedStore } from '../../src/stores/encrypted-store.ts'
import { record } from '../support/record.ts'
import { changeStored, storedRecords } from '../support/stored-records.ts'

const SECRET = { accessToken: 'SECRET.access', refreshToken: 'SECRET-refresh' }
const NAME = 'token-manager'

beforeEach(() => void vi.stubGlobal('indexedDB', new IDBFactory()))

async function saved(): Promise<SessionStore> {
  const store = encryptedStore()
  await store.save(record(SECRET))
  return store
}

const standing = async (name = NAME) => (await storedRecords()).get(name)

function spoilt(sealed: ArrayBuffer): ArrayBuffer {
  const bytes = new Uint8Array(sealed.slice(0))
  bytes[40] = (bytes[40] ?? 0) ^ 1
  return bytes.buffer
}

describe('what is no whole session of this store', () => {
  const other: [what: string, change: (lying: Record<string, unknown>) => unknown][] = [
    ['an older version', (lying) => ({ ...lying, v: 0 })],
    ['a newer version', (lying) => ({ ...lying, v: 2 })],
    ['half of a record', ({ sealed: _, ...lying }) => lying],
    ['a record without a key', ({ key: _, ...lying }) => lying],
    ['another name', (lying) => ({ ...lying, name: 'other' })],
    ['another epoch', (lying) => ({ ...lying, epoch: 2 })],
    ['another sid', (lying) => ({ ...lying, sid: 's2' })],
    ['another generation', (lying) => ({ ...lying, generation: 2 })],
    ['another nonce', (lying) => ({ ...lying, nonce: new Uint8Array(12) })],
    ['a short nonce', (lying) => ({ ...lying, nonce: new Uint8Array(8) })],
    ['nothing that is sealed', (lying) => ({ ...lying, sealed: new ArrayBuffer(0) })],
    ['a byte that changed', ({ sealed, ...lying }) => ({ ...lying, sealed: spoilt(sealed as ArrayBuffer) })],
    ['half of what is sealed', (lying) => ({ ...lying, sealed: (lying.sealed as ArrayBuffer).slice(0, 40) })],
    ['a session in clear', () => record(SECRET)],
    ['a text', () => JSON.stringify(record(SECRET))],
    ['null', () => null],
  ]

  test.each(other)('%s: is neither a session nor nothing', async (_, change) => {
    const store = await saved()
    await changeStored(NAME, change)
    expect(await store.load()).toBe(false)
  })

  test('the record of another name: does not open under this one', async () => {
    const store = await saved()
    await encryptedStore({ name: 'other' }).save(record({ sid: 'other' }))
    const foreign = (await standing('other')) ?? {}
    await changeStored(NAME, () => foreign)
    expect(await store.load()).toBe(false)
    await changeStored(NAME, () => ({ ...foreign, name: NAME }))
    expect(await store.load()).toBe(false)
  })

  const usages: KeyUsage[] = ['encrypt', 'decrypt']
  const keys: [what: string, create: () => Promise<CryptoKey>][] = [
    ['that can be exported', () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, usages)],
    ['that is shorter', () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, usages)],
    ['that can not decrypt', () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt'])],
    ['of another kind', () => crypto.subtle.generateKey({ name: 'AES-CBC', length: 256 }, false, usages)],
  ]
  test.each(keys)('a key %s: is replaced at the next write', async (_, create) => {
    const store = await saved()
    const key = await create()
    await changeStored(NAME, (lying) => ({ ...lying, key }))
    expect(await store.load()).toBe(false)
    await store.save(record({ generation: 2 }))
    expect(await store.load()).toEqual(record({ generation: 2 }))
    expect(await standing()).toMatchObject({ key: { extractable: false, algorithm: { length: 256 } } })
  })

  test('what the browser can not make out any more: likewise, but not what fails for another reason', async () => {
    const store = await saved()
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt')
    decrypt.mockRejectedValue(new DOMException('', 'NotReadableError'))
    expect(await store.load()).toBe(false)
    decrypt.mockRejectedValue(new DOMException('', 'UnknownError'))
    await expect(store.load()).rejects.toMatchObject({ code: 'store_failed', cause: { name: 'UnknownError' } })
  })
})
