import type { LockRequest } from '../../../packages/sdk/src/ports.ts'
import { type Channel, createChannel } from './channel.ts'
import { createStorage, type Storage } from './storage.ts'
import type { Dice, Timeline } from './timeline.ts'
import { createUnlocked, type Unlocked } from './unlocked.ts'

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
  /** The browser has no Web Locks, as on plain HTTP: what stands in for them. */
  unlocked: Unlocked | undefined
  storage: Storage
  channel: Channel
  /** The HttpOnly refresh cookie. */
  cookie: { value: string | undefined }
  /** A readable cookie that each answer of the refresh endpoint changes. */
  marker: { value: number }
  online: boolean
  /** No network, which the browser has not noticed. */
  isCut: boolean
  /** How often the timers of hidden pages get their turn. */
  hiddenTimersEveryMs: number
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
  /** Pages that hold, or wait for, a lock of which each page has not one of its own for all its life. */
  engaged(): ReadonlySet<number>
  /** A page wants a lock that another one holds: the browser drops that one from the back/forward cache. */
  onContended: ((holder: number) => void) | undefined
  /** How often a lock is given to one more, as where a browser has none and two pages take themselves for the leader. */
  leakRatio: number
}

function createLockTable(timeline: Timeline, dice: Dice): LockTable {
  const lines = new Map<string, { held: Set<Waiter>; waiting: Waiter[] }>()

  function admitNext(name: string): void {
    const line = lines.get(name)
    if (!line) return
    for (let next = line.waiting[0]; next; next = line.waiting[0]) {
      const sharing = next.mode === 'shared' && [...line.held].every((holder) => holder.mode === 'shared')
      if (line.held.size > 0 && !sharing && !(table.leakRatio > 0 && dice.chance(table.leakRatio))) return
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
    engaged() {
      const pages = new Set<number>()
      for (const [name, { held, waiting }] of lines) {
        if (/:(presence|leader)$/.test(name)) continue
        for (const { page } of [...held, ...waiting]) pages.add(page)
      }
      return pages
    },
    count: (name) => lines.get(name)?.held.size ?? 0,
    onContended: undefined,
    leakRatio: 0,
  }
  return table
}

export function createMachine(timeline: Timeline, dice: Dice, hasLocks = true): Machine {
  let clockOffset = 0
  let sleptMs = 0
  const wallNow = () => Math.floor(timeline.now + clockOffset)
  return {
    wallNow,
    setClock: (byMs) => {
      clockOffset += byMs
    },
    monotonicNow: () => timeline.now - sleptMs,
    slept: (ms) => {
      sleptMs += ms
    },
    sleptMs: () => sleptMs,
    locks: createLockTable(timeline, dice),
    unlocked: hasLocks ? undefined : createUnlocked(timeline, dice, wallNow),
    storage: createStorage(timeline, dice),
    channel: createChannel(timeline, dice),
    cookie: { value: undefined },
    marker: { value: 0 },
    online: true,
    isCut: false,
    hiddenTimersEveryMs: 1_000,
  }
}
