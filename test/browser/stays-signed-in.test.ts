import { describe, expect } from 'vitest'
import type { ManagerConfig } from './page/page.ts'
import {
  attemptsPerKey,
  eventTypesOf,
  refreshRequests,
  settle,
  signIn,
  snapshotOf,
  untilSession,
} from './support/session.ts'
import { test, type Visit } from './support/test.ts'

const EXPIRIES = 5
const variants: ReadonlyArray<{ manager: ManagerConfig; reuse: 'strict' | 'replay' }> = [
  { manager: { flavour: 'json', store: 'session' }, reuse: 'strict' },
  { manager: { flavour: 'json', store: 'session', idempotentRefresh: true }, reuse: 'replay' },
  { manager: { flavour: 'cookie' }, reuse: 'strict' },
  { manager: { flavour: 'cookie', idempotentRefresh: true }, reuse: 'replay' },
  { manager: { flavour: 'all-cookie' }, reuse: 'strict' },
]

/** 400 kbit/s and a round trip of 2 s. */
async function slowDown({ context, page }: Visit): Promise<void> {
  const session = await context.newCDPSession(page)
  const bytesPerSecond = 400_000 / 8
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 2_000,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond,
  })
}

describe.concurrent('a page that polls stays signed in', () => {
  test('scenario 31: slow 3G and 15 s tokens: no failed request, none with an expired token', async ({ visit }) => {
    const slow = await visit({ server: { reuse: 'strict', accessLifetimeMs: 15_000 } })
    const { page, origin } = slow
    await slowDown(slow)
    await signIn(page)
    const poll = await page.evaluateHandle(() => app.poll(500))
    await untilSession(page, { generation: 3 })
    const polled = await poll.evaluate((running) => running.stop())

    expect(polled).toEqual({ sent: polled.sent, statuses: { 200: polled.sent }, errors: [] })
    expect(polled.sent).toBeGreaterThan(10)
    expect(origin.qa.counts()).toMatchObject({ apiUnauthorized: 0, refreshes: { ok: 2, rejected: 0 } })
    expect(attemptsPerKey(origin.qa.counts())).toEqual([1, 1])
  })

  test('scenario 31: slow 3G and an expired token: calls wait for one refresh', async ({ visit }) => {
    const slow = await visit({ server: { reuse: 'strict' } })
    const { page, origin } = slow
    await slowDown(slow)
    await signIn(page, { lifetime: 'over' })
    const outcomes = await page.evaluate(() => app.outcomes(Array.from({ length: 10 }, app.patients)))

    expect(outcomes).toEqual({ 200: 10 })
    expect(refreshRequests(origin)).toBe(1)
    expect(new Set(origin.seen.map(({ authorization }) => authorization))).toHaveProperty('size', 2)
  })
})

// One after the other: a token of 3 s leaves no time to wait for pages that poll beside this one.
describe('a page that polls ten times a second', () => {
  for (const { manager, reuse } of variants) {
    test(`${manager.flavour}, ${reuse}: sign in, five expiries, no failed request, one refresh per expiry`, async ({
      visit,
    }) => {
      const { page, origin } = await visit({ manager, server: { reuse, accessLifetimeMs: 3_000 } })
      // Without a session a page asks once whether there is a cookie of one.
      await settle(page, origin)
      await signIn(page)
      const poll = await page.evaluateHandle(() => app.poll(100))
      await untilSession(page, { generation: EXPIRIES + 1 })
      const polled = await poll.evaluate((running) => running.stop())
      expect(await snapshotOf(page)).toMatchObject({ status: 'active' })
      // The next refresh may be under way: nothing is counted before it has ended.
      await page.evaluate(() => app.tokens.dispose())
      const types = await eventTypesOf(page)
      const refreshes = types.filter((type) => type === 'refreshed').length

      expect(refreshes).toBeGreaterThanOrEqual(EXPIRIES)
      expect(polled).toEqual({ sent: polled.sent, statuses: { 200: polled.sent }, errors: [] })
      // More than one request for each token, so that the polling did meet the refreshes.
      expect(polled.sent).toBeGreaterThan(refreshes * 5)
      const counts = origin.qa.counts()
      expect(counts.endpoints.refresh).toEqual({ requests: refreshes, statuses: { 200: refreshes } })
      expect(counts.endpoints.api).toEqual({ requests: polled.sent, statuses: { 200: polled.sent } })
      expect(counts).toMatchObject({ reuseEvents: 0, familiesRevoked: 0, apiUnauthorized: 0 })
      expect(attemptsPerKey(counts)).toEqual(Array(refreshes).fill(1))
      expect(types.filter((type) => /failed|degraded|queued/.test(type))).toEqual([])
    })
  }
})
