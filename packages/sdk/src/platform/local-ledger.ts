import type { LedgerStore } from '../ports.ts'

/** Longer than any but those with the longest names. */
const RECORD_LENGTH = 1_000

/**
 * The ledger in web storage: localStorage for all pages of the origin, sessionStorage for a page that keeps to itself.
 * Where storage is blocked or full it lives in memory, and `onDegraded` is told once.
 */
export function createLocalLedger(key: string, area: () => Storage, onDegraded: (detail: string) => void): LedgerStore {
  let memory: string | null = null
  let blocked = false

  function attempt<T>(use: (storage: Storage) => T): T | undefined {
    if (blocked) return undefined
    try {
      return use(area())
    } catch {
      blocked = true
      onDegraded('Web storage is blocked or full.')
      return undefined
    }
  }

  return {
    read() {
      const text = attempt((storage) => storage.getItem(key)) ?? memory
      if (text === null) return undefined
      try {
        return JSON.parse(text)
      } catch {
        return undefined
      }
    },
    write(record) {
      // Of one length, so that where the storage is full the record of a sign-out still fits in the place of the one before.
      memory = JSON.stringify(record).padEnd(RECORD_LENGTH)
      const text = memory
      attempt((storage) => storage.setItem(key, text))
    },
    subscribe(listener) {
      const onStorage = (event: StorageEvent) => {
        if (event.key === key || event.key === null) listener()
      }
      window.addEventListener('storage', onStorage)
      return () => window.removeEventListener('storage', onStorage)
    },
  }
}
