import type { SessionEvent } from '../types.ts'

/** How many events are kept. */
const CAPACITY = 500

export interface EventLog {
  append(event: SessionEvent): void
  /** The listener hears of every event from now on, each after all listeners have heard of the one before. */
  listen(listener: (event: SessionEvent) => void): () => void
  /** The newest 500, oldest first. */
  events(): readonly SessionEvent[]
  /** Of what is kept only the events of this session say from now on whose it is: the next user shall not find the last. */
  keepSubjectOf(sid: string | undefined): void
}

export interface EventLogDependencies {
  listeners: { add: EventLog['listen']; tell(event: SessionEvent): void }
  /** Runs in a later task. */
  later(run: () => void): void
}

/** Keeps the newest events and tells listeners, who may cause further events. */
export function createEventLog({ listeners, later }: EventLogDependencies): EventLog {
  const kept: SessionEvent[] = []
  const untold: SessionEvent[] = []
  /** Someone is telling, or will. */
  let telling = false
  let named: string | undefined

  function tellNext(): void {
    const event = untold.shift()
    try {
      if (event) listeners.tell(event)
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
    listen: listeners.add,
    events: () => [...kept],
    keepSubjectOf(sid) {
      if (sid === named) return
      named = sid
      for (const [index, event] of kept.entries()) {
        if (event.sid === sid || !('subject' in event)) continue
        const { subject: _, ...rest } = event
        kept[index] = Object.freeze(rest)
      }
    },
  }
}
