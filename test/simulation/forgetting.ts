import type { Page } from './world/page.ts'
import type { World } from './world/world.ts'

/** How long a page that runs may take to hear that another one has cleared the storage. */
const HEARD_MS = 100

const runs = ({ life, isBusy }: Page) => (life === 'live' || life === 'hidden') && !isBusy
/** It answers whoever asks: a frozen page does, too, and one in the back/forward cache does not. */
const canTell = (page: Page) => page.life === 'frozen' || runs(page)

/**
 * What no client can save: the storage was cleared, and every page that ran crashed before it heard of that, or was left.
 * Whoever opens or comes back then finds no record, and nobody who could tell of a sign-out or of a spent token. Only
 * then, and only of what was before, `onForgotten` is called.
 */
export function watchForgetting(world: World, onForgotten: () => void): void {
  const { timeline, machine, pages } = world
  let clearedAt = timeline.now
  let isRevoked = true

  machine.storage.onCleared = (by) => {
    const since = timeline.now
    const others = pages.filter((page) => page.id !== by && runs(page) && since - page.runningSince > HEARD_MS)
    clearedAt = since
    isRevoked = false
    timeline.after(HEARD_MS, () => {
      if (clearedAt === since) isRevoked = others.some(runs)
    })
  }
  world.onAwake = (page) => {
    const isNoticed = isRevoked || pages.some(({ leftAt }) => leftAt > clearedAt)
    const isAlone = !pages.some((other) => other !== page && canTell(other))
    if (page.foundNothing && isAlone && !isNoticed) onForgotten()
  }
}
