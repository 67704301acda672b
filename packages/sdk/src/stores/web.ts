import { parseJson } from '../decisions/json.ts'
import { oneOf, record, textLike } from '../decisions/rules.ts'
import { TokenManagerError } from '../errors.ts'
import type { SessionStore } from '../ports.ts'

export interface WebStoreOptions {
  /** The key that the session is stored under; two managers of one origin need two. Default `token-manager:session`. */
  key?: string
}

/**
 * Keeps the session in web storage: `'session'` for the life of the tab, `'local'` across tabs and restarts.
 *
 * Warning: any script that runs in the page, an injected one too, can read tokens in web storage and send them away
 * (OWASP HTML5 Security Cheat Sheet, "Local Storage"). Prefer `cookieTransport`, or `memoryStore`.
 * @throws TokenManagerError `invalid_option`. Its methods reject with `store_failed` where the browser blocks storage or
 * it is full.
 */
export function webStore(area: 'session' | 'local', options: WebStoreOptions = {}): SessionStore {
  oneOf('session', 'local')(area, 'area')
  record<WebStoreOptions>({ 'key?': textLike(/^.{1,200}$/) }, 'strict')(options, 'options')
  const { key = 'token-manager:session' } = options

  // Asynchronous, so that whatever a blocked storage throws is a rejection.
  async function using<T>(use: (storage: Storage) => T): Promise<T> {
    try {
      return use(area === 'local' ? localStorage : sessionStorage)
    } catch (cause) {
      throw new TokenManagerError('store_failed', `${area}Storage can not be used`, { cause })
    }
  }

  return {
    load: () => using((storage): unknown => parseJson(storage.getItem(key) ?? '')),
    save: (record) => using((storage) => storage.setItem(key, JSON.stringify(record))),
    clear: () => using((storage) => storage.removeItem(key)),
    ...(area === 'local' && {
      subscribe(listener: () => void) {
        // Without a key the whole storage was cleared.
        const hear = (event: StorageEvent) => {
          if (event.key === key || event.key === null) listener()
        }
        addEventListener('storage', hear)
        return () => removeEventListener('storage', hear)
      },
    }),
  }
}
