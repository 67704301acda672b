import type { SessionStore } from '../ports.ts'
import type { StoredSession } from '../types.ts'

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
