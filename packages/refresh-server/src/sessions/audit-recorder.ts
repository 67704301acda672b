import type { AuditEntry } from '../audit/entry.ts'
import { addressKey } from '../limits/address-key.ts'
import type { Store } from '../store/store.ts'

const WINDOW_MS = 15 * 60_000
const ONE_BY_ONE = 200
const TOGETHER = 1_000

export interface AuditRecorder {
  /**
   * Puts entries into the trail, and resolves when they are there: no answer says what the trail does not.
   *
   * What anybody can cause without end is put together: beyond 200 of one kind from one session, or from one address
   * without a session, in 15 minutes, an entry stands for 1,000.
   */
  record(entries: readonly AuditEntry[]): Promise<void>
  /** Tells of entries that a change took into the trail with it. */
  committed(entries: readonly AuditEntry[]): void
}

export interface AuditRecorderOptions {
  store: Pick<Store, 'audit' | 'newCounter'>
  /** Hears of each entry, also of those that are put together. */
  onEntry: (entry: AuditEntry) => void
}

export function createAuditRecorder({ store, onEntry }: AuditRecorderOptions): AuditRecorder {
  const refusals = store.newCounter({ name: 'refusals', windowMs: WINDOW_MS })

  async function timesOf(entry: AuditEntry): Promise<number> {
    if (entry.outcome === 'ok' && entry.operation !== 'validate') return 1
    const { count } = await refusals.add(`${entry.operation} ${entry.sessionId ?? addressKey(entry.address ?? '')}`)
    if (count <= ONE_BY_ONE) return 1
    return (count - ONE_BY_ONE) % TOGETHER === 0 ? TOGETHER : 0
  }

  function committed(entries: readonly AuditEntry[]): void {
    for (const entry of entries) onEntry(entry)
  }

  return {
    async record(entries) {
      const kept: AuditEntry[] = []
      for (const entry of entries) {
        const times = await timesOf(entry)
        if (times > 0) kept.push(times === 1 ? entry : { ...entry, times })
      }
      if (kept.length > 0) await store.audit.append(kept)
      committed(entries)
    },
    committed,
  }
}
