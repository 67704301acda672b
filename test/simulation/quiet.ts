import type { SessionSnapshot } from '../../packages/sdk/src/types.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import type { World } from './world/world.ts'

/** Until then what pages do when they wake, or were told, is done: messages take up to 0.8 s, pages wait 1 s for others. */
const SETTLED_MS = 3_000

const awake = ({ pages }: World) => pages.filter(({ life }) => life === 'live' || life === 'hidden')

/** Nothing is under way, and each page that runs has had time for what came. */
export function isQuiet(world: World): boolean {
  const { machine, network, timeline } = world
  if (network.underWay > 0 || machine.locks.engaged().size > 0) return false
  const busyAt = awake(world).map(({ isBusy, runningSince }) => (isBusy ? timeline.now : runningSince))
  return timeline.now - Math.max(machine.channel.newestAt, machine.storage.newest().at, ...busyAt) > SETTLED_MS
}

/**
 * I4: pages that run and have found out what there is agree on it. `isForgetful`: tokens are in the memory of pages alone,
 * and those of one that crashed as it told the others may have come to some of them only.
 */
export function disagreement(world: World, isForgetful: boolean): Violation | undefined {
  const views = awake(world)
    .map((page) => ({ page, view: page.manager.getSnapshot() }))
    .filter(({ view }) => view.status !== 'identity-changed' && !isSearching(view) && !(isForgetful && isLost(view)))
  const first = views[0]
  const other = views.find(({ view }) => first && word(view) !== word(first.view))
  if (!first || !other) return undefined
  const name = ({ page, view }: { page: Page; view: SessionSnapshot }) => `page ${page.id} is ${word(view)}`
  return { invariant: 'I4', what: `${name(first)}, ${name(other)}` }
}

/** The endpoint has not yet said whether the cookie holds a session. */
const isSearching = ({ status, generation }: SessionSnapshot) =>
  status === 'starting' || (status === 'degraded' && generation === 0)

const isLost = ({ signedOutReason }: SessionSnapshot) => signedOutReason?.startsWith('refresh-') === true

function word({ status, generation, subject }: SessionSnapshot): string {
  return `${status === 'degraded' ? 'active' : status} ${subject} ${generation}`
}

/**
 * I7: at rest a page has one timer, and one more for each sign-out that it has yet to tell the endpoint of. One that waits
 * for an answer is not at rest, even if the network knows that none will come.
 */
export function unrest(world: World): Violation | undefined {
  const restless = awake(world).find(
    ({ id, timers, manager }) => timers > 1 + world.network.owedBy(id) && !manager.getSnapshot().refreshing,
  )
  return restless && { invariant: 'I7', what: `page ${restless.id} has ${restless.timers} timers at rest` }
}
