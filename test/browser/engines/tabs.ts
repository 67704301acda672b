import type { SessionEvent, SessionSnapshot } from '@token-manager/sdk'
import { expect } from 'vitest'
import type { Poll } from '../page/poll.ts'
import { eventually } from '../support/session.ts'
import type { Tab } from './engine.ts'
import type { World } from './world.ts'

declare global {
  /** What a test lets run in the page. */
  var polling: Poll
}

interface SignInOptions {
  username?: string
  lifetime?: 'over'
}

/** The first of a list that must have one, and the others. */
export function firstOf(tabs: readonly Tab[]): [Tab, ...Tab[]] {
  const [first, ...others] = tabs
  if (first === undefined) throw new Error('There is no tab.')
  return [first, ...others]
}

export function signIn(tab: Tab, options: SignInOptions = {}): Promise<SessionSnapshot> {
  return tab.evaluate((given) => app.signIn(given), options)
}

export function snapshotOf(tab: Tab): Promise<SessionSnapshot> {
  return tab.evaluate(() => app.tokens.getSnapshot())
}

export function eventsOf(tab: Tab): Promise<readonly SessionEvent[]> {
  return tab.evaluate(() => app.tokens.getEvents())
}

/** Runs the same in all of them. */
export function inEach<Result>(tabs: readonly Tab[], work: () => Result): Promise<Array<Awaited<Result>>> {
  return Promise.all(tabs.map((tab) => tab.evaluate(work)))
}

/** What happened in any of them, of one type. */
export async function eventsOfType<Type extends SessionEvent['type']>(
  tabs: readonly Tab[],
  type: Type,
): Promise<Array<Extract<SessionEvent, { type: Type }>>> {
  const events = (await Promise.all(tabs.map(eventsOf))).flat()
  return events.filter((event): event is Extract<SessionEvent, { type: Type }> => event.type === type)
}

/** What became of calls of the protected API. */
export function callsOf(tab: Tab, count = 1): Promise<Record<string, number>> {
  return tab.evaluate((length) => app.outcomes(Array.from({ length }, app.patients)), count)
}

/** Waits until every tab's session looks so. */
export async function untilAll(tabs: readonly Tab[], expected: Partial<SessionSnapshot>): Promise<void> {
  for (const tab of tabs) await eventually(async () => expect(await snapshotOf(tab)).toMatchObject(expected))
}

export async function leadersAmong(tabs: readonly Tab[]): Promise<Tab[]> {
  const leads = await Promise.all(tabs.map((tab) => tab.evaluate(() => app.tokens.getDiagnostics().isLeader)))
  return tabs.filter((_, index) => leads[index])
}

/** Waits until every tab has this generation or a later one: on a busy machine the next may be there already. */
export async function untilGeneration(tabs: readonly Tab[], generation: number): Promise<void> {
  for (const tab of tabs) {
    await eventually(async () => expect((await snapshotOf(tab)).generation).toBeGreaterThanOrEqual(generation))
  }
}

/** Tabs that know that there is no session; what that took is not counted. */
export async function signedOutTabs(world: World, count: number): Promise<[Tab, ...Tab[]]> {
  const tabs = firstOf(await world.open(count))
  for (const tab of tabs) await tab.evaluate(() => app.tokens.start())
  world.origin.qa.reset()
  return tabs
}

/** Tabs that all have the session which the first one signed in to; what came before is not counted. */
export async function signedInTabs(world: World, count: number): Promise<[Tab, ...Tab[]]> {
  const tabs = await signedOutTabs(world, count)
  await signIn(tabs[0])
  await untilAll(tabs, { status: 'active', subject: 'amara' })
  return tabs
}
