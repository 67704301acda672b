import type { SessionStore, StoredSession } from '../ports.ts'

/** Keeps the session for the life of the page only: no token is ever written anywhere. */
export function memoryStore(): SessionStore {
  let kept: StoredSession | undefined
  return {
    async load() {
      return kept
    },
    async save(record) {
      kept = record
    },
    async clear() {
      kept = undefined
    },
  }
}
