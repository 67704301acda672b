/** Counts by name. */
export interface Tally {
  add(name: string, times?: number): void
  /** Most first, then by name. */
  entries(): [string, number][]
  toObject(): Record<string, number>
}

export function createTally(): Tally {
  const counts = new Map<string, number>()
  const entries = () => [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return {
    add: (name, times = 1) => void counts.set(name, (counts.get(name) ?? 0) + times),
    entries,
    toObject: () => Object.fromEntries(entries()),
  }
}

/** The value that so large a part of the sorted values does not exceed (nearest rank); null of none. */
export function quantile(sorted: readonly number[], part: number): number | null {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null
}
