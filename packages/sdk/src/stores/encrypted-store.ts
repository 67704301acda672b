import { record, shortText } from '../codec/schema.ts'
import { TokenManagerError } from '../errors.ts'
import type { SessionStore } from '../ports.ts'
import { type Database, withDatabase } from './database.ts'
import { createKey, parseSealedRecord, type SealedRecord, seal, unseal } from './sealed-record.ts'

export interface EncryptedStoreOptions {
  /** What key and session are stored under. Default: a name of its own for each manager of the origin. */
  name?: string
}

/** What fails with these is the record: it was changed, or the browser can not make out any more what it wrote. */
const UNREADABLE = ['OperationError', 'DataError', 'NotReadableError']

const isUnreadable = (error: unknown) => error instanceof Error && UNREADABLE.includes(error.name)

/** An older generation of the same session never replaces a newer one: a page may have been frozen while it wrote. */
function isNewer(existing: SealedRecord | undefined, { epoch, sid, generation }: SealedRecord): boolean {
  return existing?.epoch === epoch && existing.sid === sid && existing.generation > generation
}

/**
 * Keeps the session in IndexedDB, across reloads, restarts and offline starts, encrypted with AES-GCM-256 (NIST SP
 * 800-38D) under a key that no script can read (Web Cryptography API, `extractable: false`), a fresh nonce for each
 * write. Pages of the origin share it. Needs a secure context.
 *
 * Who copies the browser's files finds no token as plain text there. A script that runs in the page can not send the key
 * away, but it can use key and tokens for as long as it runs (OAuth 2.0 for Browser-Based Applications, "Token Storage in
 * the Browser").
 * @see https://www.w3.org/TR/webcrypto/#cryptokey-interface
 * @throws TokenManagerError `invalid_option`. Its methods reject with `store_failed` where the browser refuses IndexedDB
 * or Web Crypto, or is full.
 */
export function encryptedStore(options: EncryptedStoreOptions = {}): SessionStore {
  record<EncryptedStoreOptions>({ 'name?': shortText }, 'strict')(options, 'options')
  const self = globalThis.crypto?.getRandomValues(new Uint32Array(1))[0]
  const nameOf = (namespace = 'token-manager') => options.name ?? namespace
  const channelOf = (namespace?: string) => new BroadcastChannel(`${nameOf(namespace)}:encrypted-store`)

  async function using<T>(use: (database: Database) => Promise<T>): Promise<T> {
    try {
      return await withDatabase(use)
    } catch (cause) {
      throw new TokenManagerError('store_failed', 'IndexedDB or Web Crypto can not be used', { cause })
    }
  }

  /** Says that something changed, and not what. */
  function announce(namespace?: string): void {
    try {
      const channel = channelOf(namespace)
      channel.postMessage(self)
      channel.close()
    } catch {}
  }

  return {
    load: (namespace) =>
      using(async (database) => {
        const name = nameOf(namespace)
        try {
          const found = await database.get(name)
          if (found === undefined) return undefined
          const sealed = parseSealedRecord(found, name)
          // Neither a session nor nothing.
          return (sealed && (await unseal(sealed))) ?? false
        } catch (error) {
          if (isUnreadable(error)) return false
          throw error
        }
      }),

    async save(session, namespace) {
      await using(async (database) => {
        const name = nameOf(namespace)
        const existing = parseSealedRecord(await database.get(name), name)
        const next = await seal(session, name, existing?.key ?? (await createKey()))
        await database.update(name, (latest) => (isNewer(parseSealedRecord(latest, name), next) ? undefined : next))
      })
      announce(namespace)
    },

    async clear(namespace) {
      await using((database) => database.delete(nameOf(namespace)))
      announce(namespace)
    },

    subscribe(listener, namespace) {
      try {
        const channel = channelOf(namespace)
        channel.onmessage = ({ data }) => {
          if (data !== self) listener()
        }
        return () => channel.close()
      } catch {
        return () => {}
      }
    },
  }
}
