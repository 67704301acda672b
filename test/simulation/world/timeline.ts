/** Seeded pseudo-random numbers (mulberry32): the same seed, the same run. */
export interface Dice {
  next(): number
  /** A whole number in [0, below). */
  int(below: number): number
  pick<T>(items: readonly T[]): T | undefined
  chance(probability: number): boolean
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (below: number) => Math.floor(next() * below)
  return { next, int, pick: (items) => items[int(items.length)], chance: (probability) => next() < probability }
}

interface Entry {
  at: number
  order: number
  run: () => void
  cancelled: boolean
}

export type Cancel = () => void

/** Virtual time: what is to happen, in order. True time, whatever the clocks of a machine show. */
export interface Timeline {
  readonly now: number
  after(delayMs: number, run: () => void): Cancel
  /** Lets everything happen that is due within `ms`, with all promises settled in between. */
  advance(ms: number): Promise<void>
  /** Called after each single happening. */
  onStep: (() => void) | undefined
}

// After all promise callbacks of this turn and those that they cause, without the cost of a task of its own.
export const turn = () => new Promise<void>((resolve) => process.nextTick(resolve))

export function createTimeline(startAt: number): Timeline {
  const heap: Entry[] = []
  let now = startAt
  let order = 0

  const before = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.order < b.order)

  function push(entry: Entry): void {
    let i = heap.push(entry) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent]
      if (!above || !before(entry, above)) break
      heap[i] = above
      heap[parent] = entry
      i = parent
    }
  }

  function pop(): Entry | undefined {
    const top = heap[0]
    const last = heap.pop()
    if (!top || !last || top === last) return top
    let i = 0
    heap[0] = last
    for (;;) {
      let child = 2 * i + 1
      const left = heap[child]
      if (!left) return top
      const right = heap[child + 1]
      const least = right && before(right, left) ? right : left
      if (least === right) child++
      if (!before(least, last)) return top
      heap[i] = least
      heap[child] = last
      i = child
    }
  }

  const timeline: Timeline = {
    get now() {
      return now
    },
    onStep: undefined,
    after(delayMs, run) {
      const entry: Entry = { at: now + Math.max(0, delayMs), order: order++, run, cancelled: false }
      push(entry)
      return () => {
        entry.cancelled = true
      }
    },
    async advance(ms) {
      const until = now + ms
      await turn()
      for (let next = heap[0]; next && next.at <= until; next = heap[0]) {
        pop()
        if (next.cancelled) continue
        now = Math.max(now, next.at)
        next.run()
        await turn()
        timeline.onStep?.()
      }
      now = until
    },
  }
  return timeline
}
