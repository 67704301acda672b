import type { SessionEvent } from '@token-manager/sdk'
import { observable } from '../observable.ts'
import { describeEvent } from './describe-event.ts'
import type { Entry, Tone } from './entry.ts'

export interface FeedState {
  /** Newest first. */
  entries: readonly Entry[]
  /** How many older ones were dropped. */
  dropped: number
}

export interface Feed {
  get(): FeedState
  subscribe(listener: () => void): () => void
  addEvent(event: SessionEvent): void
  addQa(entry: { type: string; text: string; tone?: Tone }): void
}

export interface FeedOptions {
  /** How many entries are kept. */
  limit: number
  now: () => number
}

/** What happened in this tab: the SDK's events, and what the QA bar did. */
export function createFeed({ limit, now }: FeedOptions): Feed {
  const state = observable<FeedState>({ entries: [], dropped: 0 })
  let added = 0

  function add(entry: Omit<Entry, 'id'>): void {
    added += 1
    const entries = [{ ...entry, id: added }, ...state.get().entries].slice(0, limit)
    state.set({ entries, dropped: added - entries.length })
  }

  return {
    get: state.get,
    subscribe: state.subscribe,
    addEvent(event) {
      const { at, type, generation } = event
      add({ at, source: 'session', type, ...describeEvent(event), ...(generation !== undefined && { generation }) })
    },
    addQa({ type, text, tone = 'neutral' }) {
      add({ at: now(), source: 'qa', type, text, tone })
    },
  }
}
