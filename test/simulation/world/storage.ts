import type { Dice, Timeline } from './timeline.ts'

export interface Storage {
  /** What was written last, and when in true time. */
  newest(): { at: number; text: string | null }
  /** From now on the page sees what the others write, when `tell` lets it. */
  open(page: number, tell: (task: () => void) => void): void
  read(page: number): string | null
  /** False, and nothing is written, while it is full. */
  write(page: number, text: string): boolean
  /** `localStorage.clear()` in the page. */
  clear(page: number): void
  onCleared: ((by: number) => void) | undefined
  /** Tells what another page wrote, also where the view shows something newer; null if it cleared the storage. */
  subscribe(page: number, listener: (text: string | null) => void): () => void
  drop(page: number): void
  isFull: boolean
  /** What others write comes as late as it ever does. */
  hasTimedOut: boolean
}

const STARVED_MS = 800

interface View {
  text: string | null
  /** Which write it is of. */
  number: number
  tell(task: () => void): void
  listeners: Set<(text: string | null) => void>
}

/** One key of localStorage. A page sees its own writes at once, those of other processes a little later. */
export function createStorage(timeline: Timeline, dice: Dice): Storage {
  const views = new Map<number, View>()
  let settled: string | null = null
  let settledAt = timeline.now
  let writes = 0

  function put(page: number, text: string | null): void {
    const number = ++writes
    settled = text
    settledAt = timeline.now
    for (const [other, view] of views) {
      if (other === page) {
        view.text = text
        view.number = number
        continue
      }
      const arrive = () => {
        if (!views.has(other)) return
        // What the page itself has written since stays.
        if (number > view.number) {
          view.text = text
          view.number = number
        }
        for (const listener of view.listeners) listener(text)
      }
      const slowestMs = storage.hasTimedOut ? STARVED_MS : dice.chance(0.05) ? 50 : 5
      timeline.after(dice.next() * slowestMs, () => view.tell(arrive))
    }
  }

  const storage: Storage = {
    isFull: false,
    hasTimedOut: false,
    newest: () => ({ at: settledAt, text: settled }),
    open: (page, tell) => void views.set(page, { text: settled, number: writes, tell, listeners: new Set() }),
    read: (page) => views.get(page)?.text ?? null,
    write(page, text) {
      if (storage.isFull) return false
      put(page, text)
      return true
    },
    onCleared: undefined,
    clear(page) {
      put(page, null)
      storage.onCleared?.(page)
    },
    subscribe(page, listener) {
      const { listeners } = views.get(page) ?? {}
      listeners?.add(listener)
      return () => void listeners?.delete(listener)
    },
    drop: (page) => void views.delete(page),
  }
  return storage
}
