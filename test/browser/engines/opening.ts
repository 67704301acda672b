import type { TokenManager } from '@token-manager/sdk'
import { expect } from 'vitest'
import { eventually, usersSeen } from '../support/session.ts'
import type { Tab } from './engine.ts'
import { callsOf, inEach, signedOutTabs, signIn, snapshotOf, untilAll } from './tabs.ts'
import type { EngineTest, World } from './world.ts'

declare global {
  /** A second manager of the same page. */
  var otherApp: TokenManager
}

const TABS = 5

type Entries = Array<[string, string]>

/** A tab with this in its session storage before there is a manager, as a duplicated or a restored one has it. */
async function openWith({ origin, profile, url }: World, entries: Entries): Promise<Tab> {
  const tab = await profile.open(`${origin.url}/page.js`)
  await tab.evaluate((kept) => {
    for (const [key, value] of kept) sessionStorage.setItem(key, value)
  }, entries)
  await tab.goto(url)
  return tab
}

const refresh = (tab: Tab) => tab.evaluate(() => app.tokens.refreshAccessToken())

/** Tabs that are opened beside others, and apps that share a page. */
export function opening(test: EngineTest, engine: string): void {
  test(`scenarios 13 and 43, ${engine}: one with an expired token joins ${TABS - 1} tabs, then a duplicate: no old token is used`, async ({
    visit,
  }) => {
    const world = await visit({ manager: { store: 'session' }, server: { reuse: 'strict' } })
    const { qa } = world.origin
    const tabs = await signedOutTabs(world, TABS - 1)
    qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 1_500 })
    const old = await tabs[0].evaluate(async () => {
      await app.signIn({ lifetime: 'over' })
      return Object.entries(sessionStorage)
    })
    expect(old).toEqual([[expect.any(String), expect.stringContaining('"generation":1,')]])
    // Its refresh token is spent, too, once the others have gone on.
    await untilAll(tabs, { status: 'active', generation: 2 })
    qa.setFault({ endpoint: 'refresh', kind: 'none' })
    const late = await openWith(world, old)
    expect(await late.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', generation: 2 })
    expect(await callsOf(late)).toEqual({ 200: 1 })
    expect(qa.counts()).toMatchObject({ refreshes: { ok: 1 }, apiUnauthorized: 0 })

    const copy = await openWith(world, await late.evaluate(() => Object.entries(sessionStorage)))
    const all = [...tabs, late, copy]
    await untilAll([copy], { status: 'active', generation: 2 })
    await refresh(late)
    await untilAll(all, { status: 'active', generation: 3 })
    await copy.reload()
    expect(await copy.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', generation: 3 })
    await eventually(async () => {
      await refresh(copy)
      expect(await snapshotOf(copy)).toMatchObject({ generation: 4 })
    })
    await untilAll(all, { status: 'active', generation: 4 })
    expect(qa.counts()).toMatchObject({ refreshes: { ok: 3, rejected: 0 }, reuseEvents: 0, familiesRevoked: 0 })
  })

  test(`scenario 43, ${engine}: two apps with different endpoints in each of ${TABS} tabs, window.fetch is that of the first: no deadlock, no mix`, async ({
    visit,
  }) => {
    const world = await visit({ server: { reuse: 'strict' } })
    const { origin } = world
    const tabs = await signedOutTabs(world, TABS)
    await inEach(tabs, async () => {
      globalThis.otherApp = app.create({ flavour: 'cookie', options: { name: 'other' } })
      globalThis.fetch = app.tokens.fetch
      await globalThis.otherApp.start()
    })
    origin.qa.reset()
    await tabs[0].evaluate(() => app.signIn({ username: 'ben', tokens: globalThis.otherApp }))
    await signIn(tabs[0], { lifetime: 'over' })
    await eventually(async () => {
      const subjects = () => [app.tokens.getSnapshot().subject, globalThis.otherApp.getSnapshot().subject]
      expect(await inEach(tabs, subjects)).toEqual(Array(TABS).fill(['amara', 'ben']))
    })
    const calls = () => app.outcomes([1, 2, 3].map((n) => fetch(`/api/ward/patients?n=${n}`)))
    expect(await inEach(tabs, calls)).toEqual(Array(TABS).fill({ 200: 3 }))
    expect(usersSeen(origin, (path) => path.startsWith('/api/'))).toEqual(Array(3 * TABS).fill('amara'))
    const refreshed = await inEach(tabs, () =>
      app.outcomes([app.tokens.refreshAccessToken(), globalThis.otherApp.refreshAccessToken()]),
    )
    expect(refreshed).toEqual(Array(TABS).fill({ token: 2 }))
    await tabs[0].evaluate(() => app.tokens.signOut())
    await untilAll(tabs, { status: 'signed-out' })

    // In the place of the page's fetch it lets those who are signed out call, without a token.
    expect(await inEach(tabs, calls)).toEqual(Array(TABS).fill({ 401: 3 }))
    const others = await inEach(tabs, () => globalThis.otherApp.getSnapshot().status)
    expect(others).toEqual(Array(TABS).fill('active'))
    expect(origin.qa.counts()).toMatchObject({
      endpoints: { logout: { requests: 1 } },
      refreshes: { rejected: 0 },
      reuseEvents: 0,
      apiUnauthorized: 3 * TABS,
    })
  })
}
