import type { SessionStore, Tabs } from '../ports.ts'
import { noTabs } from './broadcast-tabs.ts'
import { createRandom } from './random.ts'

/** The lock of a page that crashed is free within this. */
const GONE_MS = 250

/**
 * For a page that keeps to itself. Who duplicates a tab copies its session storage, tokens and all, and both tabs would
 * spend the same refresh token. So a page has a name in its session storage, holds a lock of that name, and takes the name
 * away when it is left. A page that opens and finds a name that is held is a copy: it discards the session.
 */
export function createOwnTab(
  key: string,
  store: SessionStore,
  locks: LockManager,
): { tabs: Tabs; store: SessionStore } {
  let isCopy: Promise<boolean> | undefined

  /** Whether somebody else holds the name. What cannot be told is no reason to discard a session. */
  function isHeld(name: string, left: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const signal = AbortSignal.timeout(GONE_MS)
      const hold = () => {
        resolve(false)
        return left
      }
      locks.request(`${key}:${name}`, { signal }, hold).catch(() => resolve(signal.aborted))
    })
  }

  async function enter(left: Promise<void>): Promise<boolean> {
    try {
      const name = sessionStorage.getItem(key)
      const isCopied = name !== null && (await isHeld(name, left))
      const own = createRandom().id()
      sessionStorage.setItem(key, own)
      void isHeld(own, left)
      return isCopied
    } catch {
      return false
    }
  }

  function forget(): void {
    try {
      sessionStorage.removeItem(key)
    } catch {}
  }

  return {
    tabs: {
      ...noTabs,
      listen() {
        let leave = () => {}
        isCopy = enter(
          new Promise<void>((resolve) => {
            leave = resolve
          }),
        )
        return () => {
          forget()
          leave()
        }
      },
    },
    store: {
      ...store,
      async load(namespace) {
        if (await isCopy) {
          isCopy = undefined
          await store.clear(namespace)
        }
        return store.load(namespace)
      },
    },
  }
}
