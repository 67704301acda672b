import { keepAsking, MINUTE, openTabs, SECOND, STEADY, signedIn, status, verdicts } from './story.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import { createWorld, type World } from './world/world.ts'

function judge(world: World, pages: readonly Page[]): Violation | undefined {
  if (verdicts(world).includes('rejected')) return { invariant: 'I1', what: 'a refresh cookie is spent again' }
  const out = pages.find((page) => status(page) !== 'active')
  return out && { invariant: 'I1', what: `page ${out.id} has lost its session` }
}

/**
 * Two pages are left in the middle of one refresh. The third sends the cookie that the first answer has set, and the
 * second answer comes last: what it puts back was spent.
 */
export async function lateAnswer(seed: number): Promise<Violation | undefined> {
  const world = createWorld({ seed, mode: 'replay', inCookie: true, options: STEADY })
  const { conditions } = world.network
  const first = await signedIn(world)
  Object.assign(conditions, { latencyMs: 20 * SECOND, jitterRatio: 0 })
  first.manager.refreshAccessToken().catch(() => {})
  await world.run(SECOND)
  const second = world.reload(first)
  const before = world.machine.cookie.value
  while (world.machine.cookie.value === before) await world.run(10)
  conditions.latencyMs = 4
  const third = world.reload(second)
  await world.run(30 * MINUTE)
  return judge(world, [third])
}

/**
 * Without locks a page hangs in the middle of a refresh, until another one has repeated that. It hears its own answer
 * first, whose token is about to expire: it refreshes again, and the repetition arrives with the same cookie.
 */
export async function hungRepetition(seed: number): Promise<Violation | undefined> {
  const options = { mode: 'replay', inCookie: true, hasLocks: false } as const
  const world = createWorld({ seed, ...options, accessLifetimeMs: 30 * SECOND, options: STEADY })
  const pages = await openTabs(world, 3)
  const leader = pages.find(({ manager }) => manager.getDiagnostics().isLeader) ?? (pages[0] as Page)
  world.network.conditions.latencyMs = 20 * SECOND
  leader.manager.refreshAccessToken().catch(() => {})
  await world.run(12 * SECOND)
  leader.hang(19 * SECOND)
  const others = pages.filter((page) => page !== leader)
  await keepAsking(world, others, 19 * SECOND)
  await keepAsking(world, pages, MINUTE)
  world.network.conditions.latencyMs = 40
  await world.run(MINUTE)
  return judge(world, pages)
}
