import { aFunction } from '../codec/schema.ts'
import type { Ports } from '../ports.ts'
import { lagMsOf } from '../session/instants.ts'
import { liveSession } from '../session/state.ts'
import type { SessionEvent, SessionEventDetail } from '../types.ts'
import type { Store } from './session-store.ts'

/** Who wants to hear of something. */
export interface Listeners<T> {
  /**
   * The same listener may be added twice. Returns what removes it.
   * @throws TokenManagerError `invalid_option` if it is no function
   */
  add(listener: (value: T) => void): () => void
  /** Tells all that are still there when it is their turn. One may throw or remove anyone, and disturbs no other. */
  notify(value: T): void
}

/** @param onError gets what listeners throw */
export function createListeners<T>(onError: (error: unknown) => void): Listeners<T> {
  const entries = new Set<{ listener: (value: T) => void }>()
  return {
    add(listener) {
      aFunction(listener, 'listener')
      const entry = { listener }
      entries.add(entry)
      return () => void entries.delete(entry)
    },
    notify(value) {
      for (const entry of [...entries]) {
        if (!entries.has(entry)) continue
        try {
          entry.listener(value)
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}

/** How many events are kept. */
const CAPACITY = 500

interface EventLog {
  append(event: SessionEvent): void
  /** The listener hears of every event from now on, each after all listeners have heard of the one before. */
  listen(listener: (event: SessionEvent) => void): () => void
  /** The newest 500, oldest first. */
  events(): readonly SessionEvent[]
  /** Of what is kept only the events of this session say from now on whose it is: the next user shall not find the last. */
  keepSubjectOf(sid: string | undefined): void
}

interface EventLogDependencies {
  listeners: Listeners<SessionEvent>
  /** Runs in a later task. */
  later(run: () => void): void
}

/** Keeps the newest events and tells listeners, who may cause further events. */
function createEventLog({ listeners, later }: EventLogDependencies): EventLog {
  const kept: SessionEvent[] = []
  const unsent: SessionEvent[] = []
  /** Listeners are being notified, or will be. */
  let isNotifying = false
  let named: string | undefined

  function notifyNext(): void {
    const event = unsent.shift()
    try {
      if (event) listeners.notify(event)
    } finally {
      isNotifying = unsent.length > 0
      if (isNotifying) later(notifyNext)
    }
  }

  return {
    append(event) {
      kept.push(Object.freeze(event))
      if (kept.length > CAPACITY) kept.shift()
      unsent.push(event)
      // An event that a listener caused waits for another task, in order: a listener that causes one at every event
      // must not keep the page from everything else.
      if (isNotifying) return
      isNotifying = true
      notifyNext()
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

/** What happened to the session in this page, for apps and for what counts events. */
export interface Events extends Omit<EventLog, 'append'> {
  /** Says when, where and in which session something happened, and tells of it. */
  emit(detail: SessionEventDetail): void
  /**
   * Calls back within `emit`, before anything else happens.
   * @param observer gets, beside the event, when the session that lives began, by the wall clock
   */
  observe(observer: (event: SessionEvent, signedInAt: number | undefined) => void): void
}

export function createEvents(
  { clock, reportError }: Pick<Ports, 'clock' | 'reportError'>,
  { tab }: { tab: string },
  { store }: { store: Store },
): Events {
  const { append, ...log } = createEventLog({
    listeners: createListeners(reportError),
    later: (run) => clock.setTimer(0, run),
  })
  const observers: Array<(event: SessionEvent, signedInAt: number | undefined) => void> = []

  function emit(detail: SessionEventDetail): void {
    const { session, ledger } = store.state
    const { sid, generation } = session ?? ledger ?? {}
    const event = { ...detail, at: clock.wallNow(), tab, ...(sid && generation !== undefined && { sid, generation }) }
    append(event)
    const signedInAt = liveSession(store.state) && store.state.ledger?.signedInAt
    for (const observe of observers) observe(event, signedInAt && signedInAt - lagMsOf(clock))
  }

  store.onEffect('emit', ({ event }) => emit(event))
  return { ...log, emit, observe: (observer) => void observers.push(observer) }
}
