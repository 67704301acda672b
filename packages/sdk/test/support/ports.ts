import type { Environment, LedgerStore, Lock, Random } from '../../src/ports.ts'
import type { SessionEventDetail } from '../../src/types.ts'

/** Draws what it is given, over and over, and counts up identifiers. */
export function createFakeRandom(...draws: number[]): Random {
  let drawn = 0
  let ids = 0
  return { next: () => draws[drawn++ % draws.length] ?? 0, id: () => `id-${++ids}` }
}

/** Where the ledger lies, and what a test puts there. */
export function createFakeLedgerStore(): LedgerStore & { record: unknown; writes: number; isFull: boolean } {
  const store = {
    record: undefined as unknown,
    writes: 0,
    isFull: false,
    read: () => structuredClone(store.record),
    write(record: unknown) {
      store.writes++
      if (!store.isFull) store.record = structuredClone(record)
      return !store.isFull
    },
    subscribe: () => () => {},
  }
  return store
}

/** A lock that a test opens and closes: who asks while it is closed stands in line. */
export function createFakeLock(): Lock & { open(): void; close(): void; readonly names: string[] } {
  let gate: Promise<void> = Promise.resolve()
  let release = () => {}
  const names: string[] = []
  return {
    names,
    async request(name, _request, run) {
      names.push(name)
      await gate
      return run()
    },
    count: async () => 0,
    close() {
      gate = new Promise((resolve) => {
        release = resolve
      })
    },
    open: () => release(),
  }
}

export type FakePage = Environment & { visited: string[]; showing: boolean; at: string; media: boolean; act(): void }

export function createFakePage(): FakePage {
  let onActivity = () => {}
  let kept: string | undefined
  const page: FakePage = {
    origin: 'https://clinic.example',
    at: 'https://clinic.example/ward?bed=3',
    showing: true,
    visited: [],
    media: false,
    href: () => page.at,
    base: () => page.at,
    online: () => true,
    visible: () => page.showing,
    subscribe: () => () => {},
    onActivity(listener, { media }) {
      onActivity = listener
      page.media = media
      return () => {
        onActivity = () => {}
      }
    },
    navigate: (url) => void page.visited.push(url),
    fetch: () => undefined,
    recall: () => kept,
    remember(note) {
      kept = note
    },
    act: () => onActivity(),
  }
  return page
}

/** Collects what is told. */
export function createEvents(): {
  emit(event: SessionEventDetail): void
  all: SessionEventDetail[]
  types(): string[]
} {
  const all: SessionEventDetail[] = []
  return { all, emit: (event) => void all.push(event), types: () => all.map(({ type }) => type) }
}

/** What a promise came to, without waiting for it. */
export interface Outcome<T> {
  value?: T
  error?: unknown
  settled: boolean
}

export function watch<T>(promise: Promise<T>): Outcome<T> {
  const outcome: Outcome<T> = { settled: false }
  promise.then(
    (value) => Object.assign(outcome, { value, settled: true }),
    (error) => Object.assign(outcome, { error, settled: true }),
  )
  return outcome
}
