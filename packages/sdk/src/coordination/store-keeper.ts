import { arrivalShift, lagMsOf, shiftSession } from '../decisions/instants.ts'
import { parseStoredSession } from '../decisions/stored-session.ts'
import type { Clock, SessionStore } from '../ports.ts'
import type { Session } from '../types.ts'

/** Keeps the store in step with the session, one operation after another; the newest wish replaces those that wait. */
export interface StoreKeeper {
  load(): Promise<Session | undefined>
  /** With `adopted` another page made, or ended, this session: where they share the store, that page sees to it. */
  save(session: Session, adopted?: boolean): void
  clear(adopted?: boolean): void
}

export function createStoreKeeper(clock: Clock, store: SessionStore, onFailure: (detail: string) => void): StoreKeeper {
  // A store that tells of changes is one that pages share.
  const isShared = store.subscribe !== undefined
  let busy = false
  let wish: (() => Promise<void>) | undefined
  let failed = false

  const lagMs = () => lagMsOf(clock)

  function report(error: unknown): void {
    if (failed) return
    failed = true
    onFailure(error instanceof Error ? error.message : 'The store failed.')
  }

  // The first operation starts within the call: a synchronous store has written before anyone else hears of it.
  async function work(): Promise<void> {
    busy = true
    while (wish) {
      const operation = wish
      wish = undefined
      try {
        await operation()
      } catch (error) {
        report(error)
      }
    }
    busy = false
  }

  function want(operation: () => Promise<void>): void {
    wish = operation
    if (!busy) void work()
  }

  return {
    async load() {
      try {
        const record = parseStoredSession(await store.load())
        if (!record) return undefined
        const { v: _, writtenAt, ...session } = record
        return shiftSession(session, arrivalShift(writtenAt, clock.wallNow(), lagMs()))
      } catch (error) {
        report(error)
        return undefined
      }
    },
    save(session, adopted) {
      if (adopted && isShared) return
      want(() => store.save({ ...shiftSession(session, -lagMs()), v: 1, writtenAt: clock.wallNow() }))
    },
    clear(adopted) {
      if (adopted && isShared) return
      want(() => store.clear())
    },
  }
}
