import type { Page, Route } from 'playwright-core'
import { describe, expect } from 'vitest'
import { eventually, refreshRequests, settle, signIn, snapshotOf, untilSession } from '../support/session.ts'
import { eventsOfType, inEach, type Site, test, untilEach } from './support/tabs.ts'

/** Tabs that can not keep each other out, because the browser refuses its locks. */
function openUnlocked({ newTab, address }: Site, count: number): Promise<Page[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const page = await newTab()
      await page.addInitScript(() => {
        navigator.locks.request = () => Promise.reject(new DOMException('Access is denied.', 'SecurityError'))
      })
      await page.goto(address)
      return page
    }),
  )
}

const accessTokens = (pages: readonly Page[]) => inEach(pages, () => app.tokens.getAccessToken())

describe('tabs without locks between them', () => {
  test('scenario 40: a server with grace hands two tabs two successors: all settle on one', async ({ visit }) => {
    const site = await visit({ server: { reuse: 'grace' } })
    const { origin } = site
    const pages = await openUnlocked(site, 5)
    const [one, two] = pages
    if (one === undefined || two === undefined) throw new Error('There are no tabs.')
    await settle(one, origin)
    await signIn(one)
    await untilEach(pages, { status: 'active' })
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 1_000 })
    await inEach([one, two], () => void app.tokens.refreshAccessToken().catch(() => {}))
    await eventually(() => expect(origin.qa.counts().refreshes.ok).toBe(2))
    origin.qa.setFault({ endpoint: 'refresh', kind: 'none' })

    await untilEach(pages, { status: 'active', generation: 2, refreshing: false })
    await eventually(async () => expect(new Set(await accessTokens(pages))).toHaveProperty('size', 1))
    expect(await inEach(pages, () => app.outcomes([app.patients()]))).toEqual(Array(5).fill({ 200: 1 }))
    await eventually(async () => {
      await two.evaluate(() => app.tokens.refreshAccessToken())
      expect(await snapshotOf(two)).toMatchObject({ generation: 3 })
    })
    await untilEach(pages, { status: 'active', generation: 3 })
    expect(await eventsOfType(pages, 'capability-degraded')).toHaveLength(5)
    expect(origin.qa.counts()).toMatchObject({ refreshes: { rejected: 0 }, familiesRevoked: 0 })
  })

  test('scenario 41: a refresh at a generation is rejected late while another tab is further: nobody is signed out', async ({
    visit,
  }) => {
    const site = await visit({ server: { reuse: 'strict' } })
    const { origin } = site
    const pages = await openUnlocked(site, 5)
    const [late, early] = pages
    if (late === undefined || early === undefined) throw new Error('There are no tabs.')
    await settle(late, origin)
    await signIn(late)
    await untilEach(pages, { status: 'active' })
    const held: Route[] = []
    await late.route('**/auth/refresh', (route) => void held.push(route))
    await inEach([late, early], () => void app.tokens.refreshAccessToken().catch(() => {}))
    await eventually(() => expect(held).toHaveLength(1))
    await untilSession(early, { status: 'active', generation: 2 })
    await Promise.all(held.map((route) => route.fulfill({ status: 401, json: { error: 'invalid_grant' } })))

    await untilEach(pages, { status: 'active', generation: 2, refreshing: false })
    expect(await eventsOfType([late], 'refresh-failed')).toMatchObject([{ error: 'invalid_grant' }])
    expect(await eventsOfType(pages, 'signed-out')).toEqual([])
    expect(await inEach(pages, () => app.outcomes([app.patients()]))).toEqual(Array(5).fill({ 200: 1 }))
    expect(refreshRequests(origin)).toBe(1)
  })

  test('scenario 20: five tabs whose channel throws: each refreshes and signs out in turn, and says so', async ({
    visit,
  }) => {
    const { origin, address, newTab } = await visit({ manager: { store: 'local' }, server: { reuse: 'strict' } })
    const pages: Page[] = []
    for (let n = 0; n < 5; n++) {
      const page = await newTab()
      await page.addInitScript(() => {
        const refuse = () => {
          throw new DOMException('Access is denied.', 'SecurityError')
        }
        Object.defineProperty(globalThis, 'BroadcastChannel', { value: refuse })
      })
      await page.goto(address)
      pages.push(page)
      if (n === 0) {
        await settle(page, origin)
        await signIn(page)
      }
    }
    await untilEach(pages, { status: 'active', subject: 'amara' })
    const outcomes = await inEach(pages, () => app.outcomes([app.tokens.refreshAccessToken(), app.patients()]))
    expect(outcomes).toEqual(Array(5).fill({ token: 1, 200: 1 }))
    expect(origin.qa.counts()).toMatchObject({ refreshes: { rejected: 0 }, reuseEvents: 0, apiUnauthorized: 0 })
    const [first] = pages
    await first?.evaluate(() => app.tokens.signOut())
    await untilEach(pages, { status: 'signed-out', signedOutReason: 'user' })
    const told = await eventsOfType(pages, 'capability-degraded')
    expect(told.filter(({ capability }) => capability === 'channel')).toHaveLength(5)
  })
})
