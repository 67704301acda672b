import { MINUTE, openTabs, putAway, SECOND, STEADY, status } from './story.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import { createWorld } from './world/world.ts'

/** A tab falls asleep while its call waits for an endpoint that is down: the others go on when that is back (I3). */
export async function frozenWaiter(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, options: STEADY })
  const [waiting, other, hidden] = (await openTabs(world, 3)) as [Page, Page, Page]
  putAway(other, 'hidden')
  putAway(hidden, 'hidden')
  world.network.conditions.down = true
  await world.run(15 * MINUTE + 10 * SECOND)
  world.watch(waiting, waiting.manager.getAccessToken())
  await world.run(100)
  putAway(waiting, 'frozen')
  world.network.conditions.down = false
  for (let second = 0; second < 90; second++) {
    other.manager.extendSession()
    await world.run(SECOND)
  }
  const stalled = [other, hidden].find((page) => status(page) !== 'active')
  return stalled && { invariant: 'I3', what: `page ${stalled.id} has no token 90 s after the endpoint is back` }
}
