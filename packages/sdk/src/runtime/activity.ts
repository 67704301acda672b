import type { Clock, Environment } from '../ports.ts'

/** People move the mouse all the time; other pages need to hear of it once a second. */
const TOLD_EVERY_MS = 1_000

export interface ActivityDependencies {
  clock: Clock
  environment: Environment
  /** A video that plays where it can be seen is activity, too. */
  media: boolean
  /** Returns whether it counts: in a page that has yet to restore its session it does not. */
  onActive(): boolean
}

/** Tells of the user's activity; of what counts, at most once a second. Returns what stops it. */
export function watchActivity({ clock, environment, media, onActive }: ActivityDependencies): () => void {
  let toldAt = Number.NEGATIVE_INFINITY
  const hear = () => {
    const now = clock.now()
    if (now - toldAt < TOLD_EVERY_MS) return
    if (onActive()) toldAt = now
  }
  return environment.onActivity(hear, { media })
}
