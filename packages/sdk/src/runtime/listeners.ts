import { aFunction } from '../codec/schema.ts'

/** Who wants to hear of something. */
export interface Listeners<T> {
  /**
   * The same listener may be added twice. Returns what removes it.
   * @throws TokenManagerError `invalid_option` if it is no function
   */
  add(listener: (told: T) => void): () => void
  /** Tells all that are still there when it is their turn. One may throw or remove anyone, and disturbs no other. */
  tell(told: T): void
}

/** @param onError gets what listeners throw */
export function createListeners<T>(onError: (error: unknown) => void): Listeners<T> {
  const entries = new Set<{ listener: (told: T) => void }>()
  return {
    add(listener) {
      aFunction(listener, 'listener')
      const entry = { listener }
      entries.add(entry)
      return () => void entries.delete(entry)
    },
    tell(told) {
      for (const entry of [...entries]) {
        if (!entries.has(entry)) continue
        try {
          entry.listener(told)
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}
