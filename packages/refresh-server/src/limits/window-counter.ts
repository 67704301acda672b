/** What one key has counted in its window. */
export interface Tally {
  count: number
  endsInMs: number
}

/** Counts per key, each in a window of its own that begins with the key's first count. */
export interface WindowCounter {
  add(key: string): Promise<Tally>
  subtract(key: string): Promise<Tally>
  read(key: string): Promise<Tally>
  reset(key: string): Promise<void>
}

export interface WindowCounterOptions {
  /** Keeps it apart from the others. */
  name: string
  /** Whole seconds count. */
  windowMs: number
}

/** Creates counters. Processes that share their sessions share these counts as well, where the store is Redis. */
export interface CounterSource {
  newCounter(options: WindowCounterOptions): WindowCounter
}
