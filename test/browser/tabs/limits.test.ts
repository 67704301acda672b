import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { setWallClock } from '../support/clock.ts'
import { eventually, settle, signIn, snapshotOf } from '../support/session.ts'
import { eventsOfType, inEach, type Site, type SiteOptions, test, untilEach } from './support/tabs.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const IDLE = { idleTimeoutMs: 15 * MINUTE_MS, sessionMaxMs: 12 * HOUR_MS }

interface Ward extends Site {
  pages: Page[]
  /** Lets time pass in all tabs, and on the server. */
  pass(ms: number): Promise<void>
}

/** Tabs of one session, whose time passes when a test says so. The last one is in front. */
async function openWard(
  visit: (options: SiteOptions) => Promise<Site>,
  count: number,
  policy: object = IDLE,
): Promise<Ward> {
  const site = await visit({
    manager: { options: { policy } },
    server: { reuse: 'strict', accessLifetimeMs: 24 * HOUR_MS },
  })
  // One clock for the whole profile, as a machine has it.
  await site.profile.clock.install()
  const pages = await site.open(count)
  const [first] = pages
  if (first === undefined) throw new Error('There is no tab.')
  await settle(first, site.origin)
  await signIn(first)
  await untilEach(pages, { status: 'active' })
  return {
    ...site,
    pages,
    async pass(ms) {
      site.origin.clock.aheadMs += ms
      await site.profile.clock.runFor(ms)
    },
  }
}

describe('an idle limit', () => {
  test('scenario 29: 6 tabs, activity in one: nobody is signed out; when it stops all warn and end together', async ({
    visit,
  }) => {
    const { origin, pages, pass } = await openWard(visit, 6)
    const used = pages[5] as Page
    for (let i = 0; i < 6; i++) {
      await pass(5 * MINUTE_MS)
      await used.keyboard.press('Shift')
    }
    await untilEach(pages, { status: 'active', idleWarning: false })
    expect(await eventsOfType(pages, 'idle-warning')).toEqual([])

    await pass(14 * MINUTE_MS + 1_000)
    await untilEach(pages, { status: 'active', idleWarning: true })
    const warnings = await eventsOfType(pages, 'idle-warning')
    expect(warnings).toHaveLength(6)
    const ends = warnings.map(({ idleEndsAt }) => idleEndsAt)
    // The clocks of these pages differ by milliseconds.
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(1_000)
    for (const { at, idleEndsAt } of warnings) expect(idleEndsAt - at).toBeGreaterThanOrEqual(20_000)

    await pages[2]?.evaluate(() => app.tokens.extendSession())
    await untilEach(pages, { status: 'active', idleWarning: false })
    expect(await eventsOfType(pages, 'idle-cleared')).toHaveLength(6)

    await pass(15 * MINUTE_MS)
    await untilEach(pages, { status: 'signed-out', signedOutReason: 'idle' })
    expect(await eventsOfType(pages, 'signed-out')).toHaveLength(6)
    expect(await inEach(pages, () => app.outcomes([app.patients()]))).toEqual(Array(6).fill({ signed_out: 1 }))
    expect(origin.qa.counts()).toMatchObject({
      endpoints: { api: { requests: 0 }, refresh: { requests: 0 } },
      familiesRevoked: 1,
    })
  })

  test('scenario 30: 3 tabs sleep across it: signed out before any request', async ({ visit }) => {
    const { origin, pages } = await openWard(visit, 3)
    origin.clock.aheadMs += 8 * HOUR_MS
    // Its timers have not fired yet: what the app asks for comes first.
    const outcomes = await Promise.all(
      pages.map((page) =>
        page.evaluate((ms) => {
          const { now } = Date
          Date.now = () => now() + ms
          return app.outcomes([app.patients(), app.tokens.getAccessToken(), app.tokens.refreshAccessToken()])
        }, 8 * HOUR_MS),
      ),
    )

    expect(outcomes).toEqual(Array(3).fill({ signed_out: 3 }))
    await untilEach(pages, { status: 'signed-out', signedOutReason: 'idle' })
    expect(origin.qa.counts().endpoints).toMatchObject({ api: { requests: 0 }, refresh: { requests: 0 } })
  })

  test('scenario 37: a tab that slept past it wakes while another is in use: nobody is signed out', async ({
    visit,
  }) => {
    const { pages } = await openWard(visit, 2)
    const [slept, used] = pages as [Page, Page]
    for (let minutes = 5; minutes <= 20; minutes += 5) {
      await used.evaluate(setWallClock, minutes * MINUTE_MS)
      await used.keyboard.press('Shift')
    }
    const outcomes = await slept.evaluate(
      (ms) => {
        const { now } = Date
        Date.now = () => now() + ms
        return app.outcomes([app.patients()])
      },
      20 * MINUTE_MS + 1_000,
    )

    expect(outcomes).toEqual({ 200: 1 })
    expect(await used.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
    await untilEach(pages, { status: 'active', idleWarning: false })
    expect(await eventsOfType(pages, 'signed-out')).toEqual([])
  })

  test('activity alone does not refresh, and a refresh is no activity', async ({ visit }) => {
    const { origin, pages, pass } = await openWard(visit, 2)
    const [other, used] = pages as [Page, Page]
    for (let i = 0; i < 10; i++) {
      await pass(2_000)
      await used.mouse.move(i, i)
    }
    expect(origin.qa.counts().endpoints.refresh.requests).toBe(0)
    const { idleEndsAt = 0 } = await snapshotOf(used)
    await other.evaluate(() => app.tokens.refreshAccessToken())
    await untilEach(pages, { generation: 2 })
    // Of clocks that differ by milliseconds, as these two do, the earlier counts.
    const putOffMs = (await Promise.all(pages.map(snapshotOf))).map((seen) => (seen.idleEndsAt ?? 0) - idleEndsAt)
    expect(Math.max(...putOffMs)).toBeLessThanOrEqual(0)
    expect(Math.min(...putOffMs)).toBeGreaterThan(-1_000)
  })
})

test('the end of the session comes in all tabs, whatever the activity', async ({ visit }) => {
  const { origin, pages, pass } = await openWard(visit, 3, { ...IDLE, sessionMaxMs: 30 * MINUTE_MS })
  const used = pages[2] as Page
  for (let i = 0; i < 7; i++) {
    await pass(4 * MINUTE_MS)
    await used.mouse.click(5, 5)
  }
  await untilEach(pages, { status: 'active', idleWarning: false })
  await pass(2 * MINUTE_MS)
  await untilEach(pages, { status: 'signed-out', signedOutReason: 'session-limit' })
  await eventually(() => expect(origin.qa.counts().familiesRevoked).toBe(1))
})
