import { MINUTE, openTabs, SECOND, STEADY, status } from './story.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import { createWorld } from './world/world.ts'

/** Two sign in within a millisecond: the later one counts in all tabs, as its cookie does, though nothing names a user (I6). */
export async function twoSignIns(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, inCookie: true, isAnonymous: true, options: STEADY })
  const pages = (await openTabs(world, 3)) as [Page, Page, Page]
  const [amara, ben] = seed % 2 === 0 ? [pages[0], pages[1]] : [pages[1], pages[0]]
  const signIns = [world.signIn(amara, 'amara')]
  await world.run(1)
  signIns.push(world.signIn(ben, 'ben'))
  await Promise.all(signIns)
  await world.run(15 * MINUTE)
  const wrong = (what: string): Violation => ({ invariant: 'I6', what })
  if (status(amara) !== 'identity-changed') return wrong(`page ${amara.id} of amara is ${status(amara)}`)
  const call = world.request(ben)
  await world.run(SECOND)
  const user = world.server.access(world.requests.at(-1)?.token).user
  return user === 'ben' && call.value ? undefined : wrong(`page ${ben.id} of ben sends a call of ${user}`)
}

/** A tab is reloaded straight after its sign-in: another one has the tokens, or is about to get them (I4). */
export async function reloadedSignIn(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, options: STEADY })
  const [page, other] = (await openTabs(world, 2)) as [Page, Page]
  await world.signIn(page, 'amara')
  const reloaded = world.reload(page)
  await world.run(4 * SECOND)
  if (status(reloaded) === status(other)) return undefined
  return { invariant: 'I4', what: `page ${reloaded.id} is ${status(reloaded)}, page ${other.id} ${status(other)}` }
}

/** Storage is cleared after a sign-out, offline: the other tab writes that again, or the tab itself when it is left (I5). */
export async function clearedByHand(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, inCookie: true, options: STEADY })
  const pages = await openTabs(world, 1 + (seed % 2))
  const [page] = pages as [Page]
  world.setOnline(false)
  page.manager.signOut().catch(() => {})
  await world.run(SECOND)
  world.machine.storage.clear(page.id)
  await world.run(100)
  if (pages.length === 1) page.setLife('live', 'pagehide')
  for (const each of pages) each.end()
  world.setOnline(true)
  const next = world.open()
  await world.run(5 * SECOND)
  if (status(next) === 'signed-out') return undefined
  return { invariant: 'I5', what: `page ${next.id} has a session that was signed out` }
}

/** A page is left in the moment of its user's last activity, in which another page comes back and writes as well (I9). */
export async function lostWrite(seed: number): Promise<Violation | undefined> {
  const policy = { ...STEADY.policy, idleTimeoutMs: 15 * MINUTE }
  const world = createWorld({ seed, inCookie: true, options: { policy } })
  const [page, back] = (await openTabs(world, 2)) as [Page, Page]
  back.setLife('cached', 'pagehide', 'freeze')
  await world.run(10 * MINUTE)
  page.act()
  page.setLife('cached', 'pagehide', 'freeze')
  back.setLife('live', 'resume', 'pageshow')
  back.manager.refreshAccessToken().catch(() => {})
  await world.run(14 * MINUTE)
  return status(back) === 'active'
    ? undefined
    : { invariant: 'I9', what: `page ${back.id} is ${status(back)} too early` }
}
