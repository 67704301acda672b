import { describe, expect } from 'vitest'
import { advance, setWallClock, sleep } from './support/clock.ts'
import { attemptsPerKey, refreshRequests, settle, signIn, snapshotOf, untilSession } from './support/session.ts'
import { test } from './support/test.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describe.concurrent('time that does not pass as expected', () => {
  for (const [where, aheadMs] of Object.entries({ ahead: HOUR_MS, behind: -HOUR_MS })) {
    test(`scenario 14: a clock that is an hour ${where}: one refresh per expiry, no failed request`, async ({
      visit,
    }) => {
      const { page, origin } = await visit({
        server: { reuse: 'strict', accessLifetimeMs: 3_000 },
        before: (page) => page.addInitScript(setWallClock, aheadMs),
      })
      await signIn(page)
      const poll = await page.evaluateHandle(() => app.poll(100))
      await untilSession(page, { generation: 4 })
      const polled = await poll.evaluate((running) => running.stop())
      const { generation } = await snapshotOf(page)

      expect(polled).toEqual({ sent: polled.sent, statuses: { 200: polled.sent }, errors: [] })
      expect(attemptsPerKey(origin.qa.counts())).toEqual(Array(generation - 1).fill(1))
      // The page's own timers are the measure: a loop would refresh more often than it polls.
      expect(polled.sent).toBeGreaterThan((generation - 2) * 5)
    })

    test(`scenario 14: a clock that jumps, an hour ${where}: at most one refresh more, no failed request`, async ({
      visit,
    }) => {
      const { page, origin } = await visit({ server: { reuse: 'strict', accessLifetimeMs: 3_000 } })
      await signIn(page)
      const poll = await page.evaluateHandle(() => app.poll(100))
      await untilSession(page, { generation: 2 })
      await page.evaluate(setWallClock, aheadMs)
      const sentBefore = await poll.evaluate((running) => running.counts.sent)
      await untilSession(page, { generation: 5 })
      const polled = await poll.evaluate((running) => running.stop())
      const { generation } = await snapshotOf(page)

      expect(polled).toEqual({ sent: polled.sent, statuses: { 200: polled.sent }, errors: [] })
      expect(attemptsPerKey(origin.qa.counts())).toEqual(Array(generation - 1).fill(1))
      // One lifetime may be cut short by the jump.
      expect(polled.sent - sentBefore).toBeGreaterThan((generation - 3) * 5)
    })
  }

  test('scenario 15: a 60 s token with a 120 s lead: refreshes at least 30 s apart', async ({ visit }) => {
    const visited = await visit({
      manager: { options: { policy: { refreshLead: { ratio: 0.5, minMs: 120_000, maxMs: 120_000 } } } },
      server: { reuse: 'strict', accessLifetimeMs: MINUTE_MS },
      before: (page) => page.clock.install(),
    })
    const { page, origin } = visited
    const dueAfterMs = await page.evaluateHandle(() => {
      const collected: number[] = []
      app.tokens.onEvent(({ type }) => {
        const { nextRefreshAt = 0, accessExpiresAt = 0 } = app.tokens.getSnapshot()
        if (type === 'refreshed') collected.push(nextRefreshAt - (accessExpiresAt - 60_000))
      })
      return collected
    })
    await signIn(page)
    await advance(visited, 5 * MINUTE_MS, 5_000)

    const planned = await dueAfterMs.jsonValue()
    expect(planned.length).toBeGreaterThan(4)
    for (const plannedMs of planned) expect(plannedMs).toBeGreaterThanOrEqual(30_000)
    expect(refreshRequests(origin)).toBe(planned.length)
    expect(await snapshotOf(page)).toMatchObject({ status: 'active' })
  })

  test('scenario 7: 120 s offline across the expiry: degraded, refreshed once online, no sign-out', async ({
    visit,
  }) => {
    const visited = await visit({
      server: { reuse: 'strict', accessLifetimeMs: MINUTE_MS },
      before: (page) => page.clock.install(),
    })
    const { page, origin, context } = visited
    await signIn(page)
    await context.setOffline(true)
    await advance(visited, 2 * MINUTE_MS, 5_000)
    expect(await snapshotOf(page)).toMatchObject({ status: 'degraded', online: false, generation: 1 })
    expect(await page.evaluate(() => app.tokens.peekAccessToken() ?? 'none')).toBe('none')
    expect(refreshRequests(origin)).toBe(0)

    await context.setOffline(false)
    // No time passes for the page but what really passes: being online is enough.
    await untilSession(page, { status: 'active', online: true, generation: 2 })
    expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
    expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 1, rejected: 0 }, apiUnauthorized: 0 })
  })

  test('scenario 8: 8 h of sleep, then 20 s without network: refreshed once online, no request with the old token', async ({
    visit,
  }) => {
    const visited = await visit({ server: { reuse: 'strict' }, before: (page) => page.clock.install() })
    const { page, origin, context } = visited
    await settle(page, origin)
    await signIn(page)
    const old = await page.evaluate(() => app.tokens.getAccessToken())
    await context.setOffline(true)
    await sleep(visited, 8 * HOUR_MS)
    await advance(visited, 10_000, 1_000)
    await page.evaluate(() => {
      globalThis.waiting = app.outcomes(Array.from({ length: 5 }, app.patients))
    })
    await advance(visited, 10_000, 1_000)
    expect(await snapshotOf(page)).toMatchObject({ status: 'degraded', generation: 1 })

    await context.setOffline(false)
    await untilSession(page, { status: 'active', generation: 2 })
    expect(await page.evaluate(() => globalThis.waiting)).toEqual({ 200: 5 })
    expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 1, rejected: 0 }, apiUnauthorized: 0 })
    expect(origin.seen.map(({ authorization }) => authorization)).not.toContain(`Bearer ${old}`)
  })
})
