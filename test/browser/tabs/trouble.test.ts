import { describe, expect } from 'vitest'
import { attemptsPerKey, eventually, refreshRequests, settle, signIn } from '../support/session.ts'
import { close, crash, freeze, inEach, leaderAmong, test as real, untilEach } from './support/tabs.ts'

/** Timers of a page that is hidden for so long fire once a minute; in Chromium as it comes that takes 5 minutes. */
const THROTTLED_AFTER_S = 5
const test = real.override('flags', [
  `--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/${THROTTLED_AFTER_S}`,
])

describe('a tab that fails the others', () => {
  test('scenario 25: the refreshing tab crashes during a refresh of 2 s: a fresh token in all others, nothing failed', async ({
    visit,
  }) => {
    const { origin, open, openOne } = await visit({ server: { reuse: 'strict' } })
    const refreshing = await openOne()
    const others = await open(4)
    await settle(refreshing, origin)
    await signIn(refreshing)
    await untilEach(others, { status: 'active' })
    // The server commits for a live client only.
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 2_000, when: 'before' })
    await refreshing.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
    await eventually(() => expect(refreshRequests(origin)).toBe(1))
    const polls = await Promise.all(others.map((page) => page.evaluateHandle(() => app.poll(200))))
    await inEach(others, () => {
      globalThis.waiting = app.outcomes([app.tokens.refreshAccessToken()])
    })
    await crash(refreshing)

    expect(await inEach(others, () => globalThis.waiting)).toEqual(Array(4).fill({ token: 1 }))
    await untilEach(others, { status: 'active', generation: 2 })
    const polled = await Promise.all(polls.map((poll) => poll.evaluate((running) => running.stop())))
    for (const { sent, statuses, errors } of polled) {
      expect({ statuses, errors }).toEqual({ statuses: { 200: sent }, errors: [] })
    }
    const counts = origin.qa.counts()
    expect(counts.endpoints.refresh).toEqual({ requests: 2, statuses: { dropped: 1, 200: 1 } })
    expect(counts).toMatchObject({ refreshes: { ok: 1, rejected: 0 }, reuseEvents: 0, apiUnauthorized: 0 })
  })

  test('scenario 5: the holder of the lock is frozen in the middle of a refresh: typed errors, and on when it is gone', async ({
    visit,
  }) => {
    const { origin, open, openOne } = await visit({
      manager: { options: { maxWaitMs: 1_000 } },
      server: { reuse: 'strict' },
    })
    const holder = await openOne()
    const others = await open(4)
    await settle(holder, origin)
    await signIn(holder)
    await untilEach(others, { status: 'active' })
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 600_000, when: 'before' })
    await holder.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
    await eventually(() => expect(refreshRequests(origin)).toBe(1))
    await freeze(holder)
    const outcomes = await inEach(others, () =>
      app.outcomes([app.tokens.refreshAccessToken(), app.tokens.refreshAccessToken()]),
    )
    expect(outcomes).toEqual(Array(4).fill({ refresh_unavailable: 2 }))
    expect(refreshRequests(origin)).toBe(1)

    origin.qa.setFault({ endpoint: 'refresh', kind: 'none' })
    await close(holder)
    await untilEach(others, { status: 'active', generation: 2 })
    expect(await inEach(others, () => app.outcomes([app.patients()]))).toEqual(Array(4).fill({ 200: 1 }))
    expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 1, rejected: 0 }, reuseEvents: 0 })
  })

  test('scenario 5: the holder of the lock loops in the middle of a refresh, replay: its attempt is repeated with its key', async ({
    visit,
  }) => {
    const { origin, open, openOne, profile } = await visit({
      manager: { idempotentRefresh: true },
      server: { reuse: 'replay' },
    })
    const holder = await openOne()
    const others = await open(3)
    await settle(holder, origin)
    await signIn(holder)
    await untilEach(others, { status: 'active' })
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 2_000, when: 'after' })
    await holder.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
    await eventually(() => expect(refreshRequests(origin)).toBe(1))
    const session = await profile.newCDPSession(holder)
    const hung = session.send('Runtime.evaluate', { expression: 'for (;;);' }).catch(() => {})
    await inEach(others, () => {
      globalThis.waiting = app.outcomes([app.tokens.refreshAccessToken()])
    })

    expect(await inEach(others, () => globalThis.waiting)).toEqual(Array(3).fill({ token: 1 }))
    const attempts = attemptsPerKey(origin.qa.counts())
    expect(attempts).toEqual([refreshRequests(origin)])
    expect(refreshRequests(origin)).toBeGreaterThan(1)
    await session.send('Runtime.terminateExecution')
    await hung
    await untilEach([holder, ...others], { status: 'active', generation: 2 })
    expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 1, rejected: 0 }, reuseEvents: 0 })
  })

  for (const how of ['frozen', 'hidden and throttled'] as const) {
    test(`scenario 11: the leader is ${how}: a visible tab never sends an expired token`, async ({ visit }) => {
      const { origin, open, openOne } = await visit({ server: { reuse: 'strict', accessLifetimeMs: 3_000 } })
      const first = await openOne()
      const pages = [first, ...(await open(3))]
      const { leader, others } = await leaderAmong(pages)
      await Promise.all(pages.map((page) => settle(page, origin)))
      const [visible] = others
      if (visible === undefined) throw new Error('There is no other tab.')
      await visible.bringToFront()
      if (how === 'frozen') await freeze(leader)
      const ticks = await leader.evaluateHandle(() => {
        const counts = { fired: 0 }
        setInterval(() => {
          counts.fired += 1
        }, 500)
        return counts
      })
      await signIn(visible)
      const poll = await visible.evaluateHandle(() => app.poll(50))
      await eventually(() => expect(origin.qa.counts().refreshes.ok).toBeGreaterThanOrEqual(4))
      const { sent, statuses, errors } = await poll.evaluate((running) => running.stop())

      expect({ statuses, errors }).toEqual({ statuses: { 200: sent }, errors: [] })
      // Far fewer than in a page that is in front.
      expect((await ticks.jsonValue()).fired).toBeLessThan(sent / 5)
      expect(await leader.evaluate(() => app.tokens.getDiagnostics().isLeader)).toBe(true)
      expect(origin.qa.counts()).toMatchObject({ apiUnauthorized: 0, reuseEvents: 0, refreshes: { rejected: 0 } })
    })
  }
})
