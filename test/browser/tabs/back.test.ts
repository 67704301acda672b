import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { eventually, settle, signIn, untilSession } from '../support/session.ts'
import { close, inEach, test, untilEach } from './support/tabs.ts'

declare global {
  /** What became of a request that the page sends as soon as it is shown again. */
  var afterBack: Promise<Record<string, number>>
  var cameFromCache: boolean
}

/** Goes on to another document; what the page does when it comes back is its own business. */
async function leave(page: Page, url: string): Promise<void> {
  await page.evaluate(() => {
    addEventListener('pageshow', ({ persisted }) => {
      globalThis.cameFromCache = persisted
      globalThis.afterBack = app.outcomes([app.patients(), app.tokens.getAccessToken()])
    })
  })
  await page.goto(url)
}

async function goBack(page: Page): Promise<void> {
  await page.evaluate(() => history.back())
  await eventually(async () => expect(await page.evaluate(() => globalThis.cameFromCache)).toBe(true))
}

describe('Back to a page in the cache', () => {
  test('a page with a running manager enters the cache, and goes on when it is back', async ({ visit }) => {
    const { origin, open, openOne } = await visit({ server: { reuse: 'strict' } })
    const page = await openOne()
    const others = await open(4)
    await settle(page, origin)
    await signIn(page)
    await untilEach(others, { status: 'active' })
    await leave(page, `${origin.url}/fixture/elsewhere`)
    const [other] = others
    await other?.evaluate(() => app.tokens.refreshAccessToken())
    await goBack(page)

    expect(await page.evaluate(() => globalThis.afterBack)).toEqual({ 200: 1, token: 1 })
    await untilEach([page, ...others], { status: 'active', generation: 2 })
    expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 1 }, reuseEvents: 0, apiUnauthorized: 0 })
  })

  for (const [scenario, everyOther] of [
    [23, 'lives on'],
    [35, 'is gone'],
  ] as const) {
    test(`scenario ${scenario}: a sign-out meanwhile, every other page ${everyOther}: signed out before any request`, async ({
      visit,
    }) => {
      const { origin, open, openOne } = await visit({ server: { reuse: 'strict' } })
      const page = await openOne()
      const others = await open(4)
      await settle(page, origin)
      await signIn(page)
      await untilEach(others, { status: 'active' })
      await leave(page, `${origin.url}/fixture/elsewhere`)
      // The endpoint's answer would clear this cache, too.
      origin.qa.setFault({ endpoint: 'logout', kind: '503', times: 1_000 })
      await inEach(others.slice(0, 1), () => app.tokens.signOut())
      await untilEach(others, { status: 'signed-out' })
      if (everyOther === 'is gone') await Promise.all(others.map(close))
      await goBack(page)

      expect(await page.evaluate(() => globalThis.afterBack)).toEqual({ signed_out: 2 })
      await untilSession(page, { status: 'signed-out', signedOutReason: 'user' })
      expect(origin.qa.counts()).toMatchObject({
        endpoints: { api: { requests: 0 }, refresh: { requests: 0 } },
      })
    })
  }

  test('scenario 23: a sign-out that the endpoint has answered leaves no page of the last user in the cache', async ({
    visit,
  }) => {
    const { origin, address, openOne } = await visit({ server: { reuse: 'strict' } })
    const page = await openOne()
    const other = await openOne()
    await settle(page, origin)
    await signIn(page)
    await untilSession(other, { status: 'active' })
    await page.evaluate(() => {
      globalThis.cameFromCache = true
    })
    await page.goto(`${origin.url}/fixture/elsewhere`)
    await other.evaluate(() => app.tokens.signOut())
    await eventually(() => expect(origin.qa.counts().endpoints.logout.statuses).toEqual({ 204: 1 }))
    await page.evaluate(() => history.back())
    await eventually(async () => expect(page.url()).toBe(address))
    await untilSession(page, { status: 'signed-out' })

    expect(await page.evaluate(() => globalThis.cameFromCache ?? 'made anew')).toBe('made anew')
    expect(origin.qa.counts().endpoints).toMatchObject({ api: { requests: 0 }, refresh: { requests: 0 } })
  })
})
