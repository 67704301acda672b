import type { TokenManagerError } from '../../packages/sdk/src/errors.ts'
import type { Page } from './world/page.ts'
import type { World } from './world/world.ts'

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

export const codeOf = (error: unknown) => (error as TokenManagerError | undefined)?.code
export const status = (page: Page) => page.manager.getSnapshot().status
export const verdicts = (world: World) => world.server.seen.refreshes.map(({ verdict }) => verdict)
