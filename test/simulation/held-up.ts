import { eventsOf, isAnswered, MINUTE, openTabs, putAway, SECOND, STEADY, status } from './story.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import { createWorld } from './world/world.ts'

/** A page falls asleep while it holds the lock and asks the others, one of which crashes: it lets the others go on (I3). */
export async function sleeperWithLock(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, options: STEADY })
  const [asleep, hung, other] = (await openTabs(world, 3)) as [Page, Page, Page]
  hung.hang(SECOND)
  asleep.manager.refreshAccessToken().catch(() => {})
  await world.run(50)
  putAway(asleep, 'frozen')
  hung.end()
  await world.run(15 * MINUTE)
  const call = world.request(other)
  await world.run(10 * SECOND)
  if (isAnswered(call)) return undefined
  return { invariant: 'I3', what: `a call of page ${other.id} waits for page ${asleep.id}, which sleeps` }
}

/** A page comes back from the cache after the others have refreshed, and its token has expired: they have the next (I2). */
export async function staleReturn(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, options: STEADY })
  const [here, away] = (await openTabs(world, 2)) as [Page, Page]
  away.setLife('cached', 'pagehide', 'freeze')
  for (let minute = 0; minute < 20; minute++) {
    here.manager.extendSession()
    await world.run(MINUTE)
  }
  away.setLife('live', 'resume', 'pageshow')
  await world.run(5 * SECOND)
  const isSignedOut = eventsOf([away], 'signed-out').length > 0
  if (status(away) === 'active' && !isSignedOut) return undefined
  return { invariant: 'I2', what: `page ${away.id} was signed out, although page ${here.id} has its tokens` }
}

/** Somebody signs out while a refresh is on its way: its answer does not bring the session back (I5). */
export async function signedOutMeanwhile(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, options: STEADY })
  const [page] = (await openTabs(world, 1)) as [Page]
  world.network.conditions.latencyMs = 2 * SECOND
  page.manager.refreshAccessToken().catch(() => {})
  await world.run(SECOND)
  page.manager.signOut().catch(() => {})
  await world.run(10 * SECOND)
  const isBack = eventsOf([page], 'restored').length > 0
  if (status(page) === 'signed-out' && !isBack) return undefined
  return { invariant: 'I5', what: `page ${page.id} had a session again that was signed out` }
}

/** The server signs in somebody else while a page waits for the tokens of its own login: it takes no others (I6). */
export async function nextLogin(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, inCookie: true, options: STEADY })
  const page = world.open()
  world.network.conditions.down = true
  page.manager.sessionStarted(world.serverSignsIn('amara')).catch(() => {})
  await world.run(SECOND)
  world.network.conditions.down = false
  const next = world.open()
  next.manager.sessionStarted(world.serverSignsIn('ben')).catch(() => {})
  await world.run(10 * SECOND)
  if (status(page) === 'identity-changed') return undefined
  return { invariant: 'I6', what: `page ${page.id} of amara is ${status(page)} with the session of ben` }
}
