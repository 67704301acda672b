import type { TokenManagerError } from '../../packages/sdk/src/errors.ts'
import type { SessionEvent } from '../../packages/sdk/src/types.ts'
import type { Page } from './world/page.ts'
import type { Call, World } from './world/world.ts'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** No draw over the first interval: refreshes come when a test expects them. */
export const STEADY = { policy: { jitterRatio: 0 } }

export async function signedIn(world: World): Promise<Page> {
  const page = world.open()
  await world.run(100)
  await world.signIn(page, 'amara')
  return page
}

/** Pages of one session, all in front. */
export async function openTabs(world: World, count: number): Promise<Page[]> {
  const pages = [await signedIn(world)]
  while (pages.length < count) pages.push(world.open())
  await world.run(3 * SECOND)
  return pages
}

export function putAway(page: Page, life: 'hidden' | 'frozen'): void {
  if (life === 'hidden') page.setLife('hidden', 'hidden')
  else page.setLife('frozen', 'hidden', 'freeze')
}

/** In each page a request, each second, for so long. */
export async function keepAsking(world: World, pages: readonly Page[], ms: number): Promise<Call[]> {
  const calls: Call[] = []
  for (const until = world.timeline.now + ms; world.timeline.now < until; ) {
    for (const page of pages) calls.push(world.request(page))
    await world.run(Math.min(SECOND, until - world.timeline.now))
  }
  return calls
}

export const isAnswered = ({ value }: Call) => (value as Response | undefined)?.status === 200
export const tokenOf = (page: Page) => page.manager.peekAccessToken()
export const eventsOf = (pages: readonly Page[], type: SessionEvent['type']) =>
  pages.flatMap(({ manager }) => manager.getEvents().filter((event) => event.type === type))
export const codeOf = (error: unknown) => (error as TokenManagerError | undefined)?.code
export const status = (page: Page) => page.manager.getSnapshot().status
export const verdicts = (world: World) => world.server.seen.refreshes.map(({ verdict }) => verdict)
