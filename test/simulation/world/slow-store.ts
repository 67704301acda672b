import type { SessionStore } from '../../../packages/sdk/src/ports.ts'
import type { StoredSession } from '../../../packages/sdk/src/types.ts'
import type { Dice, Timeline } from './timeline.ts'

/** The page that uses a store. */
export interface StoreUser {
  timeline: Timeline
  isAlive(): boolean
  /** Runs in the page, once it gets to it. */
  inPage(run: () => void): () => void
  /** Ends the page. */
  end(): void
}

export interface SlowStoreParts {
  dice: Dice
  /** How long a write takes. */
  writeMs: number
  /** How likely a page ends while it writes. */
  crashRatio: number
}

export interface SlowStore {
  use(user: StoreUser): SessionStore
  readonly kept: StoredSession | undefined
  readonly clearedAt: number
  /** What a page was writing when it ended, or what a late write of an earlier sign-in has replaced. */
  onLost: ((record: StoredSession) => void) | undefined
}

const isLater = (a: StoredSession, b: StoredSession) => a.epoch > b.epoch || (a.epoch === b.epoch && a.sid > b.sid)

/** A store that all pages share and that takes its time, as IndexedDB does: the write of a page that ends is lost. */
export function createSlowStore({ dice, writeMs, crashRatio }: SlowStoreParts): SlowStore {
  let kept: StoredSession | undefined
  let clearedAt = 0

  function put(record: StoredSession): void {
    // As the encrypted store does, in one transaction.
    const isOld = kept?.epoch === record.epoch && kept.sid === record.sid && kept.generation > record.generation
    if (isOld) return
    const replaced = kept
    kept = record
    if (replaced && isLater(replaced, record)) store.onLost?.(replaced)
  }

  const store: SlowStore = {
    onLost: undefined,
    get kept() {
      return kept
    },
    get clearedAt() {
      return clearedAt
    },
    use({ timeline, isAlive, inPage, end }) {
      const slowly = <T>(work: () => T, onEnd = () => {}) =>
        new Promise<T>((resolve) => {
          timeline.after(dice.next() * writeMs, () => {
            if (!isAlive()) return onEnd()
            const value = work()
            inPage(() => resolve(value))()
          })
        })
      return {
        load: () => slowly(() => kept),
        save(record) {
          if (dice.chance(crashRatio)) timeline.after(0, end)
          return slowly(
            () => put(record),
            () => store.onLost?.(record),
          )
        },
        clear: () =>
          slowly(() => {
            kept = undefined
            clearedAt = timeline.now
          }),
        subscribe: () => () => {},
      }
    },
  }
  return store
}
