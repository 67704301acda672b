import { expect } from 'vitest'
import type { ManagerConfig } from '../page/page.ts'
import { attemptsPerKey, eventually, refreshRequests } from '../support/session.ts'
import { callsOf, eventsOf, firstOf, signedInTabs, signIn, snapshotOf, untilAll } from './tabs.ts'
import type { EngineTest } from './world.ts'

const TABS = 5
const COOKIE: ManagerConfig = { flavour: 'cookie', options: { refreshTimeoutMs: 4_000 } }

/** Pages that are reloaded and restored, and a browser that refuses. */
export function pageLife(test: EngineTest, engine: string): void {
  for (const when of ['before', 'after'] as const) {
    test(`scenario 33, ${engine}: a reload, cookie, strict, the page is gone ${when} the rotation: signed in, no cookie spent twice`, async ({
      visit,
    }) => {
      const world = await visit({ manager: COOKIE, server: { reuse: 'strict' } })
      const { origin } = world
      const [tab] = await signedInTabs(world, 1)
      origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 2_500, when })
      await tab.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
      await eventually(() => expect(refreshRequests(origin)).toBe(1))
      await tab.reload()
      // Nobody has been answered yet: the page left in the middle.
      expect(origin.qa.counts().endpoints.refresh.statuses).toEqual({})
      origin.qa.setFault({ endpoint: 'refresh', kind: 'none' })

      expect(await tab.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', subject: 'amara' })
      expect(await callsOf(tab)).toEqual({ 200: 1 })
      const counts = origin.qa.counts()
      expect(counts).toMatchObject({ refreshes: { ok: 2, rejected: 0 }, reuseEvents: 0, familiesRevoked: 0 })
      expect(counts.endpoints.refresh.requests).toBe(2)
    })
  }

  test(`scenario 34, ${engine}: ${TABS} tabs at once, all they have is the cookie: one refresh`, async ({ visit }) => {
    const world = await visit({ manager: { flavour: 'cookie' }, server: { reuse: 'strict' } })
    const { origin, url } = world
    const tabs = await signedInTabs(world, TABS)
    // A document without a manager: nobody is left who could tell the others.
    for (const tab of tabs) await tab.goto(`${origin.url}/page.js`)
    origin.qa.reset()
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 1_500, when: 'after' })
    for (const tab of tabs) {
      await tab.evaluate((address) => void setTimeout(() => location.assign(address), 500), url)
    }
    await untilAll(tabs, { status: 'active', subject: 'amara' })
    for (const tab of tabs) expect(await callsOf(tab)).toEqual({ 200: 1 })
    await untilAll(tabs, { generation: 2, refreshing: false })
    expect(attemptsPerKey(origin.qa.counts())).toEqual([1])
    expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 1, rejected: 0 }, reuseEvents: 0, apiUnauthorized: 0 })
  })

  test(`scenario 20, ${engine}: a user who blocks cookies and site data: it works in memory, and says so`, async ({
    visit,
  }) => {
    const world = await visit({ manager: { store: 'local' }, server: { reuse: 'strict' }, storageBlocked: true })
    const [tab] = firstOf(await world.open(1))
    const probe = await tab.evaluate(() => app.outcomes([Promise.resolve().then(() => localStorage.length)]))
    expect(Object.keys(probe)).toEqual([expect.stringMatching(/Error$/)])
    await tab.evaluate(() => app.tokens.start())
    await signIn(tab, { lifetime: 'over' })
    expect(await callsOf(tab, 2)).toEqual({ 200: 2 })
    expect(await snapshotOf(tab)).toMatchObject({ status: 'active', generation: 2 })
    await tab.evaluate(() => app.tokens.signOut())
    expect(world.origin.qa.counts()).toMatchObject({
      endpoints: { refresh: { requests: 1 } },
      familiesRevoked: 1,
      reuseEvents: 0,
    })
    const told = (await eventsOf(tab)).flatMap((event) =>
      event.type === 'capability-degraded' ? [event.capability] : [],
    )
    expect(told).toContain('storage')
  })
}
