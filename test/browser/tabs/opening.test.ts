import type { TokenManager } from '@token-manager/sdk'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { eventually, refreshRequests, settle, signIn, snapshotOf } from '../support/session.ts'
import { eventsOfType, inEach, test, untilEach } from './support/tabs.ts'

declare global {
  /** How often the page was kept busy. */
  var timesBusy: number
  /** A second manager of the same page. */
  var otherApp: TokenManager
}

const BUSY_MS = 1_000

/** Keeps the page busy for a second as soon as another one opens. */
function bother(page: Page): Promise<void> {
  return page.evaluate((busyMs) => {
    globalThis.timesBusy = 0
    new BroadcastChannel('opening').onmessage = () => {
      globalThis.timesBusy += 1
      const until = performance.now() + busyMs
      while (performance.now() < until);
    }
  }, BUSY_MS)
}

async function spendOneGeneration(page: Page): Promise<void> {
  await page.evaluate(() => app.tokens.refreshAccessToken())
  expect(await snapshotOf(page)).toMatchObject({ generation: 2 })
}

describe('a tab that is opened', () => {
  test('scenario 42: while the others are busy for a second: it is never signed out', async ({ visit }) => {
    const { origin, address, open, openOne, newTab } = await visit({ server: { reuse: 'strict' } })
    const first = await openOne()
    const pages = [first, ...(await open(4))]
    await settle(first, origin)
    await signIn(first)
    await untilEach(pages, { status: 'active' })
    await Promise.all(pages.map(bother))
    const opened = await newTab()
    await opened.addInitScript(() => new BroadcastChannel('opening').postMessage('here I am'))
    await opened.goto(address)

    expect(await opened.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', subject: 'amara' })
    expect(await inEach(pages, () => globalThis.timesBusy)).toEqual(Array(5).fill(1))
    expect(await eventsOfType([opened], 'started')).toMatchObject([{ status: 'active' }])
    expect(await eventsOfType([opened], 'signed-out')).toEqual([])
    expect(await opened.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
    expect(refreshRequests(origin)).toBe(0)
  })

  test('scenario 13: with an expired token while a leader lives elsewhere: a valid one, without a refresh', async ({
    visit,
  }) => {
    const { origin, address, open, openOne, newTab } = await visit({
      manager: { store: 'session' },
      server: { reuse: 'strict' },
    })
    const first = await openOne()
    const others = await open(3)
    await settle(first, origin)
    // The token that is kept is over, and so is its refresh token once the others have gone on.
    await signIn(first, { lifetime: 'over' })
    const old = await first.evaluate(() => Object.entries(sessionStorage))
    await untilEach([first, ...others], { status: 'active', generation: 2 })
    expect(old.length).toBeGreaterThan(0)
    const opened = await newTab()
    await opened.addInitScript((entries) => {
      for (const [key, value] of entries) sessionStorage.setItem(key, value)
    }, old)
    await opened.goto(address)

    expect(await opened.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', generation: 2 })
    expect(await opened.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
    expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 1, rejected: 0 }, reuseEvents: 0, apiUnauthorized: 0 })
  })

  test('scenario 43: as a duplicate, with the session storage of the first: no old token is used', async ({
    visit,
  }) => {
    const { origin, profile, openOne } = await visit({ manager: { store: 'session' }, server: { reuse: 'strict' } })
    const first = await openOne()
    await settle(first, origin)
    await signIn(first)
    const opening = profile.waitForEvent('page')
    await first.evaluate(() => {
      // The opened page gets a copy of this one's session storage.
      open(location.href)
    })
    const copy = await opening
    await copy.waitForLoadState()
    expect(await copy.evaluate(() => sessionStorage.length)).toBeGreaterThan(0)
    await untilEach([first, copy], { status: 'active', generation: 1 })
    await spendOneGeneration(first)
    await untilEach([copy], { generation: 2 })
    await copy.reload()
    expect(await copy.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', generation: 2 })
    await eventually(async () => {
      await copy.evaluate(() => app.tokens.refreshAccessToken())
      expect(await snapshotOf(copy)).toMatchObject({ generation: 3 })
    })
    await untilEach([first], { status: 'active', generation: 3 })
    await copy.close()
    expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 2, rejected: 0 }, reuseEvents: 0, familiesRevoked: 0 })
  })

  test("scenario 43: as a duplicate, with tabs: 'off': the session stays with the first, and no token is spent twice", async ({
    visit,
  }) => {
    const { origin, profile, openOne } = await visit({
      manager: { store: 'session', options: { tabs: 'off' } },
      server: { reuse: 'strict' },
    })
    const first = await openOne()
    await settle(first, origin)
    await signIn(first)
    const opening = profile.waitForEvent('page')
    await first.evaluate(() => {
      // The opened page gets a copy of this one's session storage.
      open(location.href)
    })
    const copy = await opening
    await copy.waitForLoadState()
    expect(await copy.evaluate(() => app.tokens.start())).toMatchObject({ status: 'signed-out' })
    for (const page of [first, first, copy, copy]) {
      await page.evaluate(() => app.outcomes([app.tokens.refreshAccessToken()]))
      await page.reload()
      await page.evaluate(() => app.tokens.start())
    }
    expect(await snapshotOf(copy)).toMatchObject({ status: 'signed-out' })
    await eventually(async () => {
      await first.evaluate(() => app.tokens.refreshAccessToken())
      expect(await snapshotOf(first)).toMatchObject({ status: 'active' })
    })
    await copy.close()
    expect(origin.qa.counts()).toMatchObject({ refreshes: { rejected: 0 }, reuseEvents: 0, familiesRevoked: 0 })
  })

  test('scenario 43: two apps with different endpoints in each of five tabs: no mix', async ({ visit }) => {
    const { origin, open, openOne } = await visit({ server: { reuse: 'strict' } })
    const first = await openOne()
    const pages = [first, ...(await open(4))]
    await settle(first, origin)
    await inEach(pages, () => {
      globalThis.otherApp = app.create({ flavour: 'cookie', options: { name: 'other' } })
      return globalThis.otherApp.start()
    })
    origin.qa.reset()
    await signIn(first)
    await first.evaluate(() => app.signIn({ username: 'ben', tokens: globalThis.otherApp }))
    const subjects = () =>
      inEach(pages, () => [app.tokens.getSnapshot().subject, globalThis.otherApp.getSnapshot().subject])
    await eventually(async () => expect(await subjects()).toEqual(Array(5).fill(['amara', 'ben'])))
    const refreshed = await inEach(pages, () =>
      app.outcomes([app.tokens.refreshAccessToken(), globalThis.otherApp.refreshAccessToken()]),
    )
    expect(refreshed).toEqual(Array(5).fill({ token: 2 }))
    await first.evaluate(() => app.tokens.signOut())
    await untilEach(pages, { status: 'signed-out' })

    expect(await inEach(pages, () => globalThis.otherApp.getSnapshot().status)).toEqual(Array(5).fill('active'))
    expect(origin.qa.counts()).toMatchObject({
      endpoints: { logout: { requests: 1 } },
      refreshes: { rejected: 0 },
      reuseEvents: 0,
    })
  })

  test('scenario 33: F5 in the middle of a refresh, five tabs, cookie, strict: the cookie is not spent twice', async ({
    visit,
  }) => {
    const { origin, open, openOne } = await visit({
      manager: { flavour: 'cookie', options: { refreshTimeoutMs: 3_000 } },
      server: { reuse: 'strict' },
    })
    const first = await openOne()
    const others = await open(4)
    await Promise.all([first, ...others].map((page) => settle(page, origin)))
    await signIn(first)
    await untilEach(others, { status: 'active' })
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 1_500, when: 'after' })
    await first.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
    await eventually(() => expect(refreshRequests(origin)).toBe(1))
    await first.reload()
    expect(origin.qa.counts().endpoints.refresh.statuses).toEqual({})
    origin.qa.setFault({ endpoint: 'refresh', kind: 'none' })

    const pages = [first, ...others]
    const outcomes = await inEach(pages, () => app.outcomes([app.patients(), app.tokens.refreshAccessToken()]))
    expect(outcomes).toEqual(Array(5).fill({ 200: 1, token: 1 }))
    await untilEach(pages, { status: 'active' })
    expect(origin.qa.counts()).toMatchObject({ refreshes: { rejected: 0 }, reuseEvents: 0, apiUnauthorized: 0 })
  })
})
