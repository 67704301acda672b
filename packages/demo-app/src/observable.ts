export interface Observable<T> {
  get(): T
  set(value: T): void
  /** Returns what stops it. */
  subscribe(listener: () => void): () => void
}

/** A value that tells when it is replaced. */
export function observable<T>(initial: T): Observable<T> {
  const listeners = new Set<() => void>()
  let value = initial
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
