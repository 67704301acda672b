import { keepAsking, MINUTE, openTabs, SECOND, STEADY, status, verdicts } from './story.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import { createWorld, sharedStore } from './world/world.ts'

/** A page comes back from the cache, and all that is left of another page's refresh is in the store that they share (I1). */
export async function clearedLedger(seed: number): Promise<Violation | undefined> {
  const store = sharedStore()
  const world = createWorld({ seed, store: () => store, options: STEADY })
  const [other, page] = (await openTabs(world, 2)) as [Page, Page]
  page.setLife('cached', 'pagehide', 'freeze')
  await world.run(14 * MINUTE)
  other.end()
  world.machine.storage.clear(0)
  await world.run(SECOND)
  page.setLife('live', 'resume', 'pageshow')
  await keepAsking(world, [page], MINUTE)
  const seen = verdicts(world).join()
  if (seen === 'rotated' && status(page) === 'active') return undefined
  return { invariant: 'I1', what: `refreshes: ${seen}; page ${page.id} is ${status(page)}` }
}
