import type { SessionEvent } from '../types.ts'

/** How many events are kept. */
const CAPACITY = 500

export interface EventLog {
  append(event: SessionEvent): void
  /** The listener hears of every event from now on, each after all listeners have heard of the one before. */
  listen(listener: (event: SessionEvent) => void): () => void
  /** The newest 500, oldest first. */
  events(): readonly SessionEvent[]
}

/**
 * Keeps the newest events and tells listeners. A listener may throw, unsubscribe anyone, or cause further events: that
 * disturbs no other listener. `onError` gets what they throw.
 */
export function createEventLog(onError: (error: unknown) => void): EventLog {
  const kept: SessionEvent[] = []
  const listeners = new Set<{ listener: (event: SessionEvent) => void }>()
  const untold: SessionEvent[] = []
  let telling = false

  function tell(event: SessionEvent): void {
    for (const entry of [...listeners]) {
      if (!listeners.has(entry)) continue
      try {
        entry.listener(event)
      } catch (error) {
        onError(error)
      }
    }
  }

  return {
    append(event) {
      kept.push(Object.freeze(event))
      if (kept.length > CAPACITY) kept.shift()
      untold.push(event)
      // An event that a listener caused waits its turn, so that everyone hears them in the order they happened.
      if (telling) return
      telling = true
      try {
        for (let next = untold.shift(); next; next = untold.shift()) tell(next)
      } finally {
        telling = false
      }
    },
    listen(listener) {
      const entry = { listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    events: () => [...kept],
  }
}
