import type { LockRequest } from '../../../packages/sdk/src/ports.ts'
import type { Dice, Timeline } from './timeline.ts'

/** Everything that the pages of one browser share: locks, storage, channel, cookies, clock. */
export interface Machine {
  /** What the wall clock shows. */
  wallNow(): number
  setClock(byMs: number): void
  /** Elapsed time without sleep. */
  monotonicNow(): number
  slept(ms: number): void
  /** How long it has slept so far. */
  sleptMs(): number
  locks: LockTable
  storage: Storage
  channel: Channel
  /** The HttpOnly refresh cookie. */
  cookie: { value: string | undefined }
  online: boolean
}

interface Waiter {
  page: number
  mode: 'exclusive' | 'shared'
  enter(): void
}

export interface LockTable {
  request<T>(page: number, wanted: LockRequest & { name: string }, run: () => Promise<T>): Promise<T>
  /** A page is gone: what it held is free a moment later, what it waited for is forgotten. */
  drop(page: number): void
  count(name: string): number
  /** A page wants a lock that another one holds: the browser drops that one from the back/forward cache. */
  onContended: ((holder: number) => void) | undefined
}

function createLockTable(timeline: Timeline, dice: Dice): LockTable {
  const lines = new Map<string, { held: Set<Waiter>; waiting: Waiter[] }>()

  function admitNext(name: string): void {
    const line = lines.get(name)
    if (!line) return
    for (let next = line.waiting[0]; next; next = line.waiting[0]) {
      const sharing = next.mode === 'shared' && [...line.held].every((holder) => holder.mode === 'shared')
      if (line.held.size > 0 && !sharing) return
      line.waiting.shift()
      line.held.add(next)
      const { enter } = next
      // Hand-over crosses processes.
      timeline.after(dice.next() * 2, enter)
    }
    if (line.held.size === 0) lines.delete(name)
  }

  const table: LockTable = {
    async request(page, { name, signal, mode = 'exclusive' }, run) {
      const line = lines.get(name) ?? { held: new Set(), waiting: [] }
      lines.set(name, line)
      const waiter: Waiter = { page, mode, enter() {} }
      await new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const leave = () => {
          const i = line.waiting.indexOf(waiter)
          if (i >= 0) line.waiting.splice(i, 1)
          line.held.delete(waiter)
          reject(signal?.reason)
          admitNext(name)
        }
        waiter.enter = () => {
          signal?.removeEventListener('abort', leave)
          if (line.held.has(waiter)) resolve()
        }
        signal?.addEventListener('abort', leave, { once: true })
        line.waiting.push(waiter)
        if (mode === 'exclusive') for (const holder of [...line.held]) table.onContended?.(holder.page)
        admitNext(name)
      })
      try {
        return await run()
      } finally {
        if (line.held.delete(waiter)) admitNext(name)
      }
    },
    drop(page) {
      for (const [name, line] of lines) {
        line.waiting = line.waiting.filter((waiter) => waiter.page !== page)
        const mine = [...line.held].filter((holder) => holder.page === page)
        if (mine.length === 0) continue
        timeline.after(25 + dice.next() * 50, () => {
          for (const holder of mine) line.held.delete(holder)
          admitNext(name)
        })
      }
    },
    count: (name) => lines.get(name)?.held.size ?? 0,
    onContended: undefined,
  }
  return table
}

export interface Storage {
  /** What was written last, and when in true time. */
  newest(): { at: number; text: string | null }
  read(page: number): string | null
  write(page: number, text: string): void
  subscribe(page: number, listener: () => void): () => void
  drop(page: number): void
}

/** One key of localStorage. A page sees its own writes at once, those of other processes a little later. */
function createStorage(timeline: Timeline, dice: Dice): Storage {
  const views = new Map<number, string | null>()
  const listeners = new Map<number, Set<() => void>>()
  let settled: string | null = null
  let settledAt = timeline.now

  return {
    newest: () => ({ at: settledAt, text: settled }),
    read(page) {
      if (!views.has(page)) views.set(page, settled)
      return views.get(page) ?? null
    },
    write(page, text) {
      views.set(page, text)
      settled = text
      settledAt = timeline.now
      for (const other of views.keys()) {
        if (other === page) continue
        timeline.after(dice.next() * 5, () => {
          if (!views.has(other)) return
          views.set(other, text)
          for (const listener of listeners.get(other) ?? []) listener()
        })
      }
    },
    subscribe(page, listener) {
      const set = listeners.get(page) ?? new Set()
      listeners.set(page, set.add(listener))
      return () => void set.delete(listener)
    },
    drop(page) {
      views.delete(page)
      listeners.delete(page)
    },
  }
}

export interface Channel {
  post(page: number, message: unknown): void
  listen(page: number, listener: (message: unknown) => void): () => void
  fence(page: number): Promise<void>
  drop(page: number): void
}

/** BroadcastChannel: messages cross processes, each at its own pace. */
function createChannel(timeline: Timeline, dice: Dice): Channel {
  const listeners = new Map<number, Set<(message: unknown) => void>>()
  const lastArrival = new Map<number, number>()

  return {
    post(page, message) {
      for (const other of listeners.keys()) {
        if (other === page) continue
        const delayMs = dice.next() * (dice.chance(0.05) ? 20 : 3)
        lastArrival.set(page, Math.max(lastArrival.get(page) ?? 0, timeline.now + delayMs))
        timeline.after(delayMs, () => {
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
    fence(page) {
      const waitMs = Math.max(0, (lastArrival.get(page) ?? 0) - timeline.now) + 0.1
      return new Promise((resolve) => void timeline.after(waitMs, resolve))
    },
    drop: (page) => void listeners.delete(page),
  }
}

export function createMachine(timeline: Timeline, dice: Dice): Machine {
  let clockOffset = 0
  let sleptMs = 0
  return {
    wallNow: () => Math.floor(timeline.now + clockOffset),
    setClock: (byMs) => {
      clockOffset += byMs
    },
    monotonicNow: () => timeline.now - sleptMs,
    slept: (ms) => {
      sleptMs += ms
    },
    sleptMs: () => sleptMs,
    locks: createLockTable(timeline, dice),
    storage: createStorage(timeline, dice),
    channel: createChannel(timeline, dice),
    cookie: { value: undefined },
    online: true,
  }
}
