import { type Context, having, running, watch } from './actions.ts'
import { unrest } from './quiet.ts'
import type { Page } from './world/page.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** Ends all trouble, so that all pages come to agree and to rest. */
export async function calmDown(context: Context, open: () => Page): Promise<void> {
  const { world } = context
  world.network.conditions.faults = []
  world.network.conditions.latencyMs = 40
  world.network.conditions.isLogoutDown = false
  world.setOnline(true)
  for (const page of having(context, 'cached')) page.setLife('live', 'resume', 'pageshow')
  for (const page of having(context, 'frozen')) page.setLife('live', 'resume', 'visible')
  for (const page of having(context, 'hidden')) page.setLife('live', 'visible')
  context.say('calm')
  await world.run(3 * MINUTE)
  if (running(context).length === 0) open()
  for (const page of running(context)) watch(context, page, page.manager.getAccessToken())
  await world.run(20 * SECOND)
  // Not in the second in which the lock of a generation lingers.
  if (unrest(world)) await world.run(2 * SECOND)
}
