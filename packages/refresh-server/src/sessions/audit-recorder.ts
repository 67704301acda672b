import type { AuditEntry } from '../audit/entry.ts'
import { addressKey } from '../limits/address-key.ts'
import type { Store } from '../store/store.ts'

const WINDOW_MS = 15 * 60_000
/** How many refusals of one kind, per session or address, get an entry each. */
const INDIVIDUAL_ENTRIES = 200
/** How many further refusals one entry stands for. */
const GROUP_SIZE = 1_000

export interface AuditRecorder {
  /**
   * Adds entries to the trail, and resolves once they are stored. No request is answered before.
   *
   * Refusals cannot fill the disk: after 200 of one kind in 15 minutes, from one session or from one address without a
   * session, one entry stands for 1,000.
   */
  record(entries: readonly AuditEntry[]): Promise<void>
  /** Reports entries that the store recorded together with a change. */
  committed(entries: readonly AuditEntry[]): void
}

export interface AuditRecorderOptions {
  store: Pick<Store, 'audit' | 'newCounter'>
  /** Called with each entry, also with those that are grouped. */
  onEntry: (entry: AuditEntry) => void
}

export function createAuditRecorder({ store, onEntry }: AuditRecorderOptions): AuditRecorder {
  const refusals = store.newCounter({ name: 'refusals', windowMs: WINDOW_MS })

  async function timesOf(entry: AuditEntry): Promise<number> {
    if (entry.outcome === 'ok' && entry.operation !== 'validate') return 1
    const { count } = await refusals.add(`${entry.operation} ${entry.sessionId ?? addressKey(entry.address ?? '')}`)
    if (count <= INDIVIDUAL_ENTRIES) return 1
    return (count - INDIVIDUAL_ENTRIES) % GROUP_SIZE === 0 ? GROUP_SIZE : 0
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
