import { HOUR, isAnswered, MINUTE, openTabs, putAway, SECOND, STEADY, status } from './story.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import { createWorld, type World } from './world/world.ts'

function spentTwice({ server }: World): Violation | undefined {
  const times = server.seen.refreshes.filter(({ number }) => number === 1).length
  return times > 1 ? { invariant: 'I1', what: `refresh token 1:1 is spent ${times} times` } : undefined
}

/** Back is pressed in the moment of a commit, and another page is next in line: the news reaches it before the lock does (I1). */
export async function leftAtCommit(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, options: STEADY })
  const [refreshing, next] = (await openTabs(world, 2)) as [Page, Page]
  refreshing.manager.onEvent(({ type }) => {
    if (type === 'refreshed') world.timeline.after(1, () => refreshing.setLife('cached', 'pagehide', 'freeze'))
  })
  refreshing.manager.refreshAccessToken().catch(() => {})
  await world.run(5)
  next.manager.refreshAccessToken().catch(() => {})
  await world.run(5 * SECOND)
  return spentTwice(world)
}

/**
 * A page writes in the moment in which another one signs out, offline, and crashes before it has heard of that: what it
 * wrote does not undo the sign-out (I5).
 */
export async function undoneSignOut(seed: number): Promise<Violation | undefined> {
  const world = createWorld({
    seed,
    inCookie: true,
    options: { policy: { ...STEADY.policy, idleTimeoutMs: 15 * MINUTE } },
  })
  const [page, other] = (await openTabs(world, 2)) as [Page, Page]
  world.setOnline(false)
  await world.run(2 * SECOND)
  page.manager.signOut().catch(() => {})
  other.act()
  await world.run(200)
  other.end()
  await world.run(SECOND)
  page.end()
  world.setOnline(true)
  const next = world.open()
  await world.run(5 * SECOND)
  if (status(next) === 'signed-out') return undefined
  return { invariant: 'I5', what: `page ${next.id} has a session that was signed out` }
}

/** Who leads asks the others first, which takes 0.1 s where one is slow. All others leave it 0.5 s at least. */
const LEADER_MS = 400

/** The leader refreshes, on time, and no other page stands in line with it. */
export async function leaderFirst(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, accessLifetimeMs: 2 * MINUTE, options: STEADY })
  const pages = await openTabs(world, 5)
  const wrong: string[] = []
  for (const { id, manager } of pages) {
    const dueAt = () => manager.getSnapshot().nextRefreshAt ?? 0
    let expectedAt = dueAt()
    manager.onEvent(({ type, at }) => {
      if (type === 'refreshed' || type === 'adopted') expectedAt = dueAt()
      if (type !== 'refresh-started') return
      if (!manager.getDiagnostics().isLeader) wrong.push(`page ${id} refreshes, and is not the leader`)
      if (at - expectedAt > LEADER_MS) wrong.push(`page ${id} refreshes ${at - expectedAt} ms late`)
      world.timeline.after(20, () => {
        const inLine = [...world.machine.locks.engaged()]
        if (inLine.length > 1) wrong.push(`pages ${inLine} stand in line`)
      })
    })
  }
  await world.run(20 * MINUTE)
  const count = world.server.seen.refreshes.length
  if (count < 8) wrong.push(`${count} refreshes in 20 minutes`)
  return wrong[0] === undefined ? undefined : { invariant: 'I0', what: wrong[0] }
}

/** A page falls asleep in the middle of its refresh: where the endpoint replays, the others do not wait for it (I3). */
export async function hungHead(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, mode: 'replay', options: STEADY })
  const [hung, ...others] = (await openTabs(world, 4)) as [Page, ...Page[]]
  world.network.conditions.latencyMs = 2 * SECOND
  await world.sleep(HOUR)
  hung.manager.refreshAccessToken().catch(() => {})
  await world.run(500)
  putAway(hung, 'frozen')
  const calls = others.map((page) => world.request(page))
  await world.run(15 * SECOND)
  const stuck = calls.find((call) => !isAnswered(call))
  return stuck && { invariant: 'I3', what: `a call of page ${stuck.page.id} waits for page ${hung.id}, which sleeps` }
}

/** The machine is starved, and the page that has refreshed is busy: the next in line has its news before its lock (I1). */
export async function starvedMachine(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, options: STEADY })
  const [refreshing, next] = (await openTabs(world, 2)) as [Page, Page]
  world.machine.channel.hasTimedOut = true
  world.machine.storage.hasTimedOut = true
  refreshing.manager.onEvent(({ type }) => {
    if (type === 'refreshed') refreshing.hang(900)
  })
  refreshing.manager.refreshAccessToken().catch(() => {})
  await world.run(110)
  next.manager.refreshAccessToken().catch(() => {})
  await world.run(5 * SECOND)
  return spentTwice(world)
}
