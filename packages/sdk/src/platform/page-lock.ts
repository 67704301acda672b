import type { Lock } from '../ports.ts'

interface Entry {
  readonly isShared: boolean
  /** Tells that it holds the lock. */
  enter: () => void
}

/** Who holds the lock: the first in line, and where that shares all who share straight after it. */
function holders(line: readonly Entry[]): readonly Entry[] {
  const waiting = line.findIndex(({ isShared }, place) => place > 0 && !(isShared && line[0]?.isShared))
  return waiting < 0 ? line : line.slice(0, waiting)
}

/** Locks that hold within this page, with the order and the modes of the Web Locks API. */
export function createPageLock(): Lock {
  /** Who holds a lock and, after them, who waits for it. */
  const lines = new Map<string, Entry[]>()

  return {
    async request(name, { signal, mode }, run) {
      signal?.throwIfAborted()
      const line = lines.get(name) ?? []
      lines.set(name, line)
      const entry: Entry = { isShared: mode === 'shared', enter() {} }
      /** Entering again is nothing new. */
      const admit = () => {
        for (const holder of holders(line)) holder.enter()
      }
      const leave = () => {
        line.splice(line.indexOf(entry), 1)
        if (line.length === 0) lines.delete(name)
        admit()
      }
      const entered = new Promise<void>((resolve, reject) => {
        const giveUp = () => {
          leave()
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', giveUp, { once: true })
        entry.enter = () => {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        }
      })
      line.push(entry)
      admit()
      await entered
      try {
        return await run()
      } finally {
        leave()
      }
    },
    count: async (name) => holders(lines.get(name) ?? []).length,
  }
}

// On the global object under a registered symbol: a manager that is still being disposed of, and the one that a hot reload
// has put in its place, must not spend one refresh token both.
const LOCK = Symbol.for('@token-manager/sdk/page-lock')

/** The one of this page, for all managers in it; names tell their locks apart. */
export function pageLock(): Lock {
  const holder = globalThis as { [LOCK]?: Lock }
  holder[LOCK] ??= createPageLock()
  return holder[LOCK]
}
