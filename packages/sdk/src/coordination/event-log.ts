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

export interface EventLogDependencies {
  /** Gets what listeners throw. */
  onError(error: unknown): void
  /** Runs in a later task. */
  later(run: () => void): void
}

/**
 * Keeps the newest events and tells listeners. A listener may throw, unsubscribe anyone, or cause further events: that
 * disturbs no other listener.
 */
export function createEventLog({ onError, later }: EventLogDependencies): EventLog {
  const kept: SessionEvent[] = []
  const listeners = new Set<{ listener: (event: SessionEvent) => void }>()
  const untold: SessionEvent[] = []
  /** Someone is telling, or will. */
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

  function tellNext(): void {
    const event = untold.shift()
    try {
      if (event) tell(event)
    } finally {
      telling = untold.length > 0
      if (telling) later(tellNext)
    }
  }

  return {
    append(event) {
      kept.push(Object.freeze(event))
      if (kept.length > CAPACITY) kept.shift()
      untold.push(event)
      // An event that a listener caused waits for another task, in order: a listener that causes one at every event
      // must not keep the page from everything else.
      if (telling) return
      telling = true
      tellNext()
    },
    listen(listener) {
      const entry = { listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    events: () => [...kept],
  }
}
