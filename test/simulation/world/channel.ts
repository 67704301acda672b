import type { Dice, Timeline } from './timeline.ts'

const SLOWEST_MESSAGE_MS = 800

export interface Channel {
  /** When the newest message was sent. */
  readonly newestAt: number
  /** All messages are slow. */
  hasTimedOut: boolean
  post(page: number, message: unknown): void
  listen(page: number, listener: (message: unknown) => void): () => void
  drop(page: number): void
}

/** BroadcastChannel: messages cross processes, each at its own pace, and on a starved machine now and then a slow one. */
export function createChannel(timeline: Timeline, dice: Dice): Channel {
  const listeners = new Map<number, Set<(message: unknown) => void>>()
  const delayMs = () => (channel.hasTimedOut ? dice.next() * SLOWEST_MESSAGE_MS : usualMs())
  const usualMs = () => dice.next() * (dice.chance(0.95) ? 3 : dice.chance(0.9) ? 20 : SLOWEST_MESSAGE_MS)

  let newestAt = timeline.now

  const channel: Channel = {
    hasTimedOut: false,
    get newestAt() {
      return newestAt
    },
    post(page, message) {
      newestAt = timeline.now
      for (const other of listeners.keys()) {
        if (other === page) continue
        timeline.after(delayMs(), () => {
          for (const listener of listeners.get(other) ?? []) listener(message)
        })
      }
    },
    listen(page, listener) {
      const set = listeners.get(page) ?? new Set()
      listeners.set(page, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0) listeners.delete(page)
      }
    },
    drop: (page) => void listeners.delete(page),
  }
  return channel
}
