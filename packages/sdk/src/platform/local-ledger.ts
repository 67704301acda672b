import type { LedgerStore } from '../ports.ts'

/** What is used of web storage. */
type Area = Pick<Storage, 'getItem' | 'setItem'>

/** Longer than any but those with the longest names. */
const RECORD_LENGTH = 1_000

/**
 * The ledger in web storage: localStorage for all pages of the origin, sessionStorage for a page that keeps to itself.
 * Where storage is blocked it lives in memory. `onDegraded` is told that once, and each time the storage begins to refuse
 * what is written.
 */
export function createLocalLedger(key: string, area: () => Area, onDegraded: (detail: string) => void): LedgerStore {
  let memory: string | null = null
  let isBlocked = false
  let isFailing = false

  function fail(): void {
    if (!isFailing) onDegraded('Web storage is blocked or full.')
    isFailing = true
  }

  /** Whoever blocks storage does so for the page's life: it is not asked again. */
  function open(): Area | undefined {
    if (isBlocked) return undefined
    try {
      // WebKit gives null instead of throwing.
      const storage: Area | null = area()
      if (storage) return storage
    } catch {}
    isBlocked = true
    fail()
    return undefined
  }

  function load(): string | null {
    const storage = open()
    if (!storage) return memory
    try {
      return storage.getItem(key)
    } catch {
      fail()
      return memory
    }
  }

  function parse(text: string | null): unknown {
    if (text === null) return undefined
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }

  return {
    read: () => parse(load()),
    write(record) {
      // Of one length, so that where the storage is full the record of a sign-out still fits in the place of the one before.
      memory = JSON.stringify(record).padEnd(RECORD_LENGTH)
      const storage = open()
      if (!storage) return true
      try {
        storage.setItem(key, memory)
        isFailing = false
        return true
      } catch {
        fail()
        return false
      }
    },
    subscribe(listener) {
      const onStorage = (event: StorageEvent) => {
        if (event.key === key || event.key === null) listener(parse(event.newValue))
      }
      window.addEventListener('storage', onStorage)
      return () => window.removeEventListener('storage', onStorage)
    },
  }
}
