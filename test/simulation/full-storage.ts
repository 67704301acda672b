import { openTabs, SECOND, STEADY, status } from './story.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import { createWorld } from './world/world.ts'

/** Storage is full when the user signs out, offline, with the refresh token in a cookie: nothing brings that back (I5). */
export async function fullStorage(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, inCookie: true, options: STEADY })
  const [page] = (await openTabs(world, 1)) as [Page]
  world.setOnline(false)
  world.machine.storage.isFull = true
  void page.manager.signOut()
  await world.run(SECOND)
  world.machine.storage.isFull = false
  page.signal('focus')
  await world.run(100)
  page.end()
  world.setOnline(true)
  const next = world.open()
  await world.run(5 * SECOND)
  const isBack = status(next) !== 'signed-out'
  return isBack ? { invariant: 'I5', what: `page ${next.id} has a session that was signed out` } : undefined
}
