import { setTimeout as delay } from 'node:timers/promises'
import type { Store } from '../store/store.ts'

const PATIENCE_MS = 2_000

/** Whether the store answers. */
export async function isHealthy(store: Store): Promise<boolean> {
  const patience = new AbortController()
  const late = delay(PATIENCE_MS, false, { signal: patience.signal }).catch(() => false)
  // No session has such an id; what counts is that the store says so.
  const answered = store.findFamily('health').then(
    () => true,
    () => false,
  )
  const healthy = await Promise.race([answered, late])
  patience.abort()
  return healthy
}
