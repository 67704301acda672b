import type { SessionEvent, SessionSnapshot } from '../../packages/sdk/src/types.ts'
import { type Context, having, running } from './actions.ts'
import { isLost } from './invariants.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** Ends all trouble, and looks whether all pages come to agree (I2, I4) and to rest (I7). */
export async function calmDown(context: Context, open: () => Page): Promise<Violation | undefined> {
  const { world } = context
  world.network.conditions.faults = []
  world.network.conditions.latencyMs = 40
  world.setOnline(true)
  for (const page of having(context, 'cached')) page.setLife('live', 'resume', 'pageshow')
  for (const page of having(context, 'frozen')) page.setLife('live', 'resume', 'visible')
  for (const page of having(context, 'hidden')) page.setLife('live', 'visible')
  context.say('calm')
  await world.run(3 * MINUTE)
  if (running(context).length === 0) open()
  await world.run(15 * SECOND)
  // Not in the second in which the lock of a generation lingers.
  if (unrest(context)) await world.run(2 * SECOND)
  return disagreement(context) ?? unrest(context) ?? wrongEnd(context)
}

function disagreement(context: Context): Violation | undefined {
  const views = running(context)
    .map((page) => ({ page, view: page.manager.getSnapshot() }))
    .filter(({ view }) => view.status !== 'identity-changed')
  const word = ({ status, generation, subject }: SessionSnapshot) => `${status} ${subject} ${generation}`
  const first = views[0]
  const other = views.find(({ view }) => first && word(view) !== word(first.view))
  if (!first || !other) return undefined
  return {
    invariant: 'I4',
    what: `page ${first.page.id} is ${word(first.view)}, page ${other.page.id} is ${word(other.view)}`,
  }
}

function unrest(context: Context): Violation | undefined {
  const restless = running(context).find(({ timers }) => timers > 1)
  return restless && { invariant: 'I7', what: `page ${restless.id} has ${restless.timers} timers at rest` }
}

/** I2: who was signed out has lost an answer, or all pages that had the newest tokens, and nobody could save that. */
function wrongEnd({ world, inCookie, remembers }: Context): Violation | undefined {
  const { refreshes } = world.server.seen
  const isExcused = refreshes.some((seen) => isLost(seen) || seen.verdict === 'graced')
  const events = world.pages.flatMap(({ manager }) => manager.getEvents())
  const rejected = new Set(
    events
      .filter(({ type }) => type === 'refresh-failed')
      .filter(isFinal)
      .map(({ sid }) => sid),
  )
  const wrong = events.find((event) => {
    if (event.type !== 'signed-out' || !event.reason.startsWith('refresh-')) return false
    return rejected.has(event.sid) ? !isExcused : inCookie || remembers
  })
  return wrong && { invariant: 'I2', what: `${wrong.tab} was signed out although no answer was lost` }
}

const isFinal = (event: SessionEvent) => event.type === 'refresh-failed' && event.final
