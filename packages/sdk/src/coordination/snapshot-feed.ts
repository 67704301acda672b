import { sameOrNext } from '../decisions/snapshot.ts'
import type { SessionSnapshot } from '../types.ts'

/** The snapshot for user interfaces, and who wants to hear when it changes. */
export interface SnapshotFeed {
  get(): SessionSnapshot
  subscribe(listener: () => void): () => void
  /** Looks whether anything has changed, and tells. */
  update(): void
}

export function createSnapshotFeed(take: () => SessionSnapshot, onError: (error: unknown) => void): SnapshotFeed {
  const listeners = new Set<{ listener: () => void }>()
  let latest: SessionSnapshot | undefined

  function look(): boolean {
    const former = latest
    latest = sameOrNext(former, take())
    return latest !== former
  }

  return {
    get() {
      look()
      return latest ?? take()
    },
    subscribe(listener) {
      look()
      const entry = { listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    update() {
      // Nobody looks: the next one who does finds out.
      if (listeners.size === 0 || !look()) return
      for (const { listener } of [...listeners]) {
        try {
          listener()
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}
