import { sameOrNext } from '../session/snapshot.ts'
import type { SessionSnapshot } from '../types.ts'

/** The snapshot for user interfaces, and who wants to hear when it changes. */
export interface SnapshotFeed {
  get(): SessionSnapshot
  subscribe(listener: () => void): () => void
  /** Looks whether anything has changed, and tells; what was shown before is kept no longer. */
  update(): void
}

export interface SnapshotFeedDependencies {
  take(): SessionSnapshot
  listeners: { add: SnapshotFeed['subscribe']; tell(told: undefined): void }
}

export function createSnapshotFeed({ take, listeners }: SnapshotFeedDependencies): SnapshotFeed {
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
      return listeners.add(listener)
    },
    update() {
      if (latest && look()) listeners.tell(undefined)
    },
  }
}
