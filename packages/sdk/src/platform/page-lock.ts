import type { Lock } from '../ports.ts'

interface Entry {
  readonly mode: 'exclusive' | 'shared'
  isHeld: boolean
  readonly enter: () => void
}

/** Locks that hold within this page, with the order and the modes of the Web Locks API. */
export function createPageLock(): Lock {
  /** Who holds a lock and, after them, who waits for it. */
  const lines = new Map<string, Entry[]>()

  function admit(line: readonly Entry[]): void {
    for (const entry of line) {
      const isShared = line.every(({ isHeld, mode }) => !isHeld || mode === 'shared')
      const isFree = !line.some(({ isHeld }) => isHeld)
      if (!entry.isHeld && !isFree && !(isShared && entry.mode === 'shared')) return
      if (!entry.isHeld) entry.enter()
      entry.isHeld = true
    }
  }

  function leave(name: string, line: Entry[], entry: Entry): void {
    line.splice(line.indexOf(entry), 1)
    if (line.length === 0) lines.delete(name)
    admit(line)
  }

  return {
    async request(name, { signal, mode = 'exclusive' }, run) {
      signal?.throwIfAborted()
      const line = lines.get(name) ?? []
      lines.set(name, line)
      const entry = await new Promise<Entry>((resolve, reject) => {
        const giveUp = () => {
          leave(name, line, entry)
          reject(signal?.reason)
        }
        const enter = () => {
          signal?.removeEventListener('abort', giveUp)
          resolve(entry)
        }
        const entry: Entry = { mode, isHeld: false, enter }
        signal?.addEventListener('abort', giveUp, { once: true })
        line.push(entry)
        admit(line)
      })
      try {
        return await run()
      } finally {
        leave(name, line, entry)
      }
    },
    count: async (name) => lines.get(name)?.filter(({ isHeld }) => isHeld).length ?? 0,
  }
}
