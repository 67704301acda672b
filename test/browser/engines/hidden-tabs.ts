import { expect } from 'vitest'
import { attemptsPerKey } from '../support/session.ts'
import type { Tab } from './engine.ts'
import { firstOf, leadersAmong, signedInTabs, untilGeneration } from './tabs.ts'
import type { EngineTest } from './world.ts'

const visibilityOf = (tab: Tab) => tab.evaluate(() => document.visibilityState)

/** For engines whose driver brings a tab to the front: timers of the others are throttled for real. */
export function hiddenTabs(test: EngineTest, engine: string): void {
  test(`scenario 11, ${engine}: the leader is hidden and throttled: a visible tab never sends an expired token`, async ({
    visit,
  }) => {
    const world = await visit({ server: { reuse: 'strict', accessLifetimeMs: 3_000 } })
    const tabs = await signedInTabs(world, 5)
    const [leader] = firstOf(await leadersAmong(tabs))
    const [visible] = firstOf(tabs.filter((tab) => tab !== leader))
    if (visible.show === undefined) throw new Error(`${engine} shows no tab.`)
    await visible.show()
    expect([await visibilityOf(leader), await visibilityOf(visible)]).toEqual(['hidden', 'visible'])
    await visible.evaluate(() => {
      globalThis.polling = app.poll(50)
    })
    await untilGeneration(tabs, 4)
    const { sent, statuses, errors } = await visible.evaluate(() => globalThis.polling.stop())

    expect({ statuses, errors }).toEqual({ statuses: { 200: sent }, errors: [] })
    expect(sent).toBeGreaterThan(20)
    const counts = world.origin.qa.counts()
    expect(counts).toMatchObject({ apiUnauthorized: 0, reuseEvents: 0, refreshes: { rejected: 0 } })
    expect(new Set(attemptsPerKey(counts))).toEqual(new Set([1]))
  })
}
