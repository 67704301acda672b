import type { Lock } from '../ports.ts'

interface Waiter {
  mode: 'exclusive' | 'shared'
  enter(): void
}

/** Locks that hold within this page, with the order and the modes of the Web Locks API. */
export function createPageLock(): Lock {
  const lines = new Map<string, { held: Set<Waiter>; waiting: Waiter[] }>()

  function admitNext(name: string): void {
    const line = lines.get(name)
    if (!line) return
    for (let next = line.waiting[0]; next; next = line.waiting[0]) {
      const free = line.held.size === 0
      const sharing = next.mode === 'shared' && [...line.held].every((holder) => holder.mode === 'shared')
      if (!free && !sharing) return
      line.waiting.shift()
      line.held.add(next)
      next.enter()
    }
    if (line.held.size === 0) lines.delete(name)
  }

  function enter(name: string, mode: Waiter['mode'], signal: AbortSignal | undefined): Promise<Waiter> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const line = lines.get(name) ?? { held: new Set(), waiting: [] }
      lines.set(name, line)
      const leave = () => {
        line.waiting.splice(line.waiting.indexOf(waiter), 1)
        reject(signal?.reason)
        admitNext(name)
      }
      const waiter: Waiter = {
        mode,
        enter() {
          signal?.removeEventListener('abort', leave)
          resolve(waiter)
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      line.waiting.push(waiter)
      admitNext(name)
    })
  }

  return {
    async request(name, { signal, mode = 'exclusive' }, run) {
      const waiter = await enter(name, mode, signal)
      try {
        return await run()
      } finally {
        lines.get(name)?.held.delete(waiter)
        admitNext(name)
      }
    },
    count: async (name) => lines.get(name)?.held.size ?? 0,
  }
}
