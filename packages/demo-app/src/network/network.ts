import { observable } from '../observable.ts'
import { createLink } from './link.ts'
import type { PageConnection } from './page-connection.ts'
import { createShapedFetch } from './shaped-fetch.ts'

export const CONDITIONS = { fast: 'Fast', 'slow-3g': 'Slow 3G', offline: 'Offline' } as const

export type NetworkCondition = keyof typeof CONDITIONS

/** 400 kbit/s each way. */
const SLOW_3G_BYTES_PER_SECOND = 50_000
const SLOW_3G_ROUND_TRIP_MS = 2_000

export interface Network {
  fetch: typeof fetch
  condition(): NetworkCondition
  set(condition: NetworkCondition): void
  subscribe(listener: () => void): () => void
}

export interface NetworkOptions {
  real: typeof fetch
  /** What the page is told of its connection. */
  page: PageConnection
}

/** The network of this tab's calls, which can be made slow or dead while the app runs. */
export function createNetwork({ real, page }: NetworkOptions): Network {
  const condition = observable<NetworkCondition>('fast')
  const shape = {
    roundTripMs: SLOW_3G_ROUND_TRIP_MS,
    up: createLink(SLOW_3G_BYTES_PER_SECOND),
    down: createLink(SLOW_3G_BYTES_PER_SECOND),
  }
  let line = new AbortController()

  return {
    fetch: createShapedFetch(real, () => ({
      ...(condition.get() === 'slow-3g' && { shape }),
      dead: line.signal,
    })),
    condition: condition.get,
    set(next) {
      const before = condition.get()
      if (next === before) return
      if (before === 'offline') line = new AbortController()
      condition.set(next)
      page.setOffline(next === 'offline')
      // The words of a browser whose network is gone, so that libraries know the error for what it is.
      if (next === 'offline') line.abort(new TypeError('Failed to fetch'))
    },
    subscribe: condition.subscribe,
  }
}
