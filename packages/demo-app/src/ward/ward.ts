import type { KyInstance } from 'ky'
import { describeFailure } from '../format/failure.ts'
import { observable } from '../observable.ts'
import { type Patient, parsePatients } from './patient.ts'

const INTERVAL_MS = 1_000

export interface WardState {
  /** Undefined until they have been loaded. */
  patients?: readonly Patient[]
  /** When they were loaded last. */
  updatedAt?: number
  /** Why the newest attempt to load them failed. */
  problem?: string
}

export interface Ward {
  get(): WardState
  subscribe(listener: () => void): () => void
  /** Polls from now on, or stops; once stopped no patient's data is left here. */
  setWatched(watched: boolean): void
}

/** The ward and its vital signs, loaded again a second after each answer. */
export function createWard(api: KyInstance, now: () => number): Ward {
  const state = observable<WardState>({})
  let watching: AbortController | undefined

  async function load(signal: AbortSignal): Promise<void> {
    try {
      // One retry, which is also what a replay after a 401 needs; the next poll is not far.
      const patients = parsePatients(await api.get('ward/patients', { signal, retry: 1 }).json())
      if (!signal.aborted) state.set({ patients, updatedAt: now() })
    } catch (error) {
      if (!signal.aborted) state.set({ ...state.get(), problem: describeFailure(error) })
    }
    if (!signal.aborted) setTimeout(() => !signal.aborted && load(signal), INTERVAL_MS)
  }

  return {
    get: state.get,
    subscribe: state.subscribe,
    setWatched(watched) {
      if (watched === (watching !== undefined)) return
      watching?.abort()
      watching = watched ? new AbortController() : undefined
      if (watching) void load(watching.signal)
      else state.set({})
    },
  }
}
