/** The count of one key, and when its window ends. */
export interface Tally {
  count: number
  endsInMs: number
}

/** Counts per key. The window of a key begins with its first count. */
export interface WindowCounter {
  add(key: string): Promise<Tally>
  subtract(key: string): Promise<Tally>
  read(key: string): Promise<Tally>
  reset(key: string): Promise<void>
}

export interface WindowCounterOptions {
  /** Separates this counter from others. */
  name: string
  /** Rounded down to whole seconds. */
  windowMs: number
}

/** Creates counters. Processes that share their sessions share these counts as well, where the store is Redis. */
export interface CounterSource {
  newCounter(options: WindowCounterOptions): WindowCounter
}
