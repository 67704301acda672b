import { parseJson } from '../codec/json.ts'
import { oneOf, record, shortText } from '../codec/schema.ts'
import { TokenManagerError } from '../errors.ts'
import type { SessionStore } from '../ports.ts'

export interface WebStoreOptions {
  /** The key that the session is stored under. Default: one of its own for each manager of the origin. */
  key?: string
}

/**
 * Keeps the session in web storage: `'session'` for the life of the tab, `'local'` across tabs and restarts.
 *
 * Warning: any script that runs in the page, an injected one too, can read tokens in web storage and send them away
 * (OWASP HTML5 Security Cheat Sheet, "Local Storage"). Prefer `cookieTransport`, `memoryStore` or `encryptedStore`; what
 * each of them leaves to whom is in docs/security.md.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/HTML5_Security_Cheat_Sheet.html#local-storage
 * @throws TokenManagerError `invalid_option`. Its methods reject with `store_failed` where the browser blocks storage or
 * it is full.
 */
export function webStore(area: 'session' | 'local', options: WebStoreOptions = {}): SessionStore {
  oneOf('session', 'local')(area, 'area')
  record<WebStoreOptions>({ 'key?': shortText }, 'strict')(options, 'options')
  const keyOf = (namespace = 'token-manager') => options.key ?? `${namespace}:session`

  // Asynchronous, so that whatever a blocked storage throws is a rejection.
  async function using<T>(use: (storage: Storage) => T): Promise<T> {
    try {
      return use(area === 'local' ? localStorage : sessionStorage)
    } catch (cause) {
      throw new TokenManagerError('store_failed', `${area}Storage can not be used`, { cause })
    }
  }

  return {
    load: (namespace) =>
      using((storage): unknown => {
        const text = storage.getItem(keyOf(namespace))
        // What is no JSON is handed on as it lies: no session, and not nothing.
        return text === null ? undefined : (parseJson(text) ?? text)
      }),
    save: (record, namespace) => using((storage) => storage.setItem(keyOf(namespace), JSON.stringify(record))),
    clear: (namespace) => using((storage) => storage.removeItem(keyOf(namespace))),
    ...(area === 'local' && {
      subscribe(listener: () => void, namespace?: string) {
        // Without a key the whole storage was cleared.
        const hear = (event: StorageEvent) => {
          if (event.key === keyOf(namespace) || event.key === null) listener()
        }
        addEventListener('storage', hear)
        return () => removeEventListener('storage', hear)
      },
    }),
  }
}
