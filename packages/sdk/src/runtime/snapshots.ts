import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { lagMsOf } from '../session/instants.ts'
import { sameOrNext, snapshotOf } from '../session/snapshot.ts'
import type { SessionSnapshot } from '../types.ts'
import { createListeners } from './events.ts'
import type { Store } from './session-store.ts'

/** The snapshot for user interfaces, and who wants to hear when it changes. */
export interface Snapshots {
  get(): SessionSnapshot
  subscribe(listener: () => void): () => void
  /** Tells whether anything has changed; what was shown before is kept no longer. */
  update(): void
}

export function createSnapshots(
  { clock, reportError }: Pick<Ports, 'clock' | 'reportError'>,
  { policy, transport }: Pick<RuntimeOptions, 'policy' | 'transport'>,
  { store }: { store: Pick<Store, 'state'> },
): Snapshots {
  const listeners = createListeners<undefined>(reportError)
  let latest: SessionSnapshot | undefined

  function take(): SessionSnapshot {
    return sameOrNext(latest, snapshotOf(store.state, { policy, endpoint: transport, lagMs: lagMsOf(clock) }))
  }

  return {
    get() {
      latest = take()
      return latest
    },
    subscribe(listener) {
      latest = take()
      return listeners.add(listener)
    },
    update() {
      if (!latest) return
      const former = latest
      latest = take()
      if (latest !== former) listeners.notify(undefined)
    },
  }
}
