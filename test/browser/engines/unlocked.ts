import { expect } from 'vitest'
import { eventually, refreshRequests } from '../support/session.ts'
import type { Tab } from './engine.ts'
import { eventsOfType, inEach, signedInTabs, snapshotOf, untilAll } from './tabs.ts'
import type { EngineTest, World } from './world.ts'

declare global {
  /** Whether refreshes of this page are kept from the server, until they are rejected. */
  var holdsRefreshes: boolean
  var rejectRefresh: (() => void) | undefined
}

const TABS = 5

function refuseLocks(): void {
  navigator.locks.request = () => Promise.reject(new DOMException('Access is denied.', 'SecurityError'))
  const network = globalThis.fetch.bind(globalThis)
  globalThis.fetch = (input, init) => {
    if (!globalThis.holdsRefreshes || !`${input}`.endsWith('/auth/refresh')) return network(input, init)
    return new Promise((resolve) => {
      globalThis.rejectRefresh = () => resolve(Response.json({ error: 'invalid_grant' }, { status: 401 }))
    })
  }
}

function startRefresh(tab: Tab): Promise<void> {
  return tab.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
}

/** A token that has only just come is given out again. */
function refreshTo(generation: number, tab: Tab): Promise<void> {
  return eventually(async () => {
    await tab.evaluate(() => app.tokens.refreshAccessToken())
    expect(await snapshotOf(tab)).toMatchObject({ generation })
  })
}

async function expectAllToWork(tabs: readonly Tab[]): Promise<void> {
  const outcomes = await inEach(tabs, () => app.outcomes([app.patients()]))
  expect(outcomes).toEqual(Array(TABS).fill({ 200: 1 }))
}

/** The tabs that refresh at the same time. */
type Pair = readonly [Tab, Tab]

async function twoSuccessors({ origin: { qa } }: World, tabs: readonly Tab[], pair: Pair): Promise<void> {
  qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 1_500 })
  await Promise.all(pair.map(startRefresh))
  await eventually(() => expect(qa.counts().refreshes.ok).toBe(2))
  qa.setFault({ endpoint: 'refresh', kind: 'none' })

  await untilAll(tabs, { status: 'active', generation: 2, refreshing: false })
  await eventually(async () => {
    const accessTokens = await inEach(tabs, () => app.tokens.getAccessToken())
    expect(new Set(accessTokens)).toHaveProperty('size', 1)
  })
  await expectAllToWork(tabs)
  expect(qa.counts()).toMatchObject({ refreshes: { rejected: 0 }, familiesRevoked: 0 })
}

async function lateRejection({ origin }: World, tabs: readonly Tab[], [late, early]: Pair): Promise<void> {
  origin.qa.reset()
  origin.qa.setReuse('strict')
  await late.evaluate(() => {
    globalThis.holdsRefreshes = true
  })
  await eventually(async () => {
    await startRefresh(late)
    expect(await late.evaluate(() => 'rejectRefresh' in globalThis)).toBe(true)
  })
  await refreshTo(3, early)
  await late.evaluate(() => globalThis.rejectRefresh?.())

  await untilAll(tabs, { status: 'active', generation: 3, refreshing: false })
  expect(await eventsOfType([late], 'refresh-failed')).toMatchObject([{ error: 'invalid_grant' }])
  await expectAllToWork(tabs)
  expect(refreshRequests(origin)).toBe(1)
}

/** Tabs that can not keep each other out, because the browser refuses its locks. */
export function unlocked(test: EngineTest, engine: string): void {
  test(`scenarios 40 and 41, ${engine}, ${TABS} tabs without locks: two successors, then a late rejection: all settle on one, nobody is signed out`, async ({
    visit,
  }) => {
    const world = await visit({ before: refuseLocks, server: { reuse: 'grace' } })
    const tabs = await signedInTabs(world, TABS)
    const [one, two] = tabs
    if (two === undefined) throw new Error('There is no second tab.')
    await twoSuccessors(world, tabs, [one, two])
    await lateRejection(world, tabs, [one, two])
    expect(await eventsOfType(tabs, 'signed-out')).toEqual([])
    expect(await eventsOfType(tabs, 'capability-degraded')).toHaveLength(TABS)
  })
}
