import type { Clock, Environment } from '../ports.ts'

/** People move the mouse all the time; other pages need to hear of it once a second. */
const TOLD_EVERY_MS = 1_000

/** Tells `onActive` of the user's activity, at most once a second. Returns what stops it. */
export function watchActivity(clock: Clock, environment: Environment, onActive: () => void): () => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return environment.onActivity(() => {
    const now = clock.now()
    if (now - toldAt < TOLD_EVERY_MS) return
    toldAt = now
    onActive()
  })
}
