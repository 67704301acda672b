import { describe, expect } from 'vitest'
import {
  attemptsPerKey,
  eventsOf,
  eventTypesOf,
  refreshRequests,
  settle,
  signIn,
  snapshotOf,
  untilSession,
} from './support/session.ts'
import { test } from './support/test.ts'

describe.concurrent('an endpoint that fails', () => {
  test('scenario 2: an answer after 1.5x maxWaitMs: calls fail in time, the token is sent once, the answer is committed', async ({
    visit,
  }) => {
    const { page, origin } = await visit({ manager: { options: { maxWaitMs: 2_000 } }, server: { reuse: 'strict' } })
    await settle(page, origin)
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 3_000, when: 'after' })
    const { outcomes, snapshot } = await page.evaluate(async () => {
      await app.signIn({ lifetime: 'over' })
      const outcomes = await app.outcomes(Array.from({ length: 5 }, app.patients))
      return { outcomes, snapshot: app.tokens.getSnapshot() }
    })
    expect(outcomes).toEqual({ refresh_unavailable: 5 })
    expect(snapshot).toMatchObject({ generation: 1, refreshing: true })

    await untilSession(page, { generation: 2, refreshing: false, status: 'active' })
    expect(refreshRequests(origin)).toBe(1)
    expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
  })

  for (const flavour of ['json', 'cookie'] as const) {
    test(`scenario 3: ${flavour}, the connection dies after the rotation, replay: the same key, no failed request`, async ({
      visit,
    }) => {
      const { page, origin } = await visit({
        manager: { flavour, idempotentRefresh: true },
        server: { reuse: 'replay' },
      })
      await settle(page, origin)
      origin.qa.setFault({ endpoint: 'refresh', kind: 'reset-after' })
      const outcomes = await page.evaluate(async () => {
        await app.signIn({ lifetime: 'over' })
        return app.outcomes(Array.from({ length: 5 }, app.patients))
      })

      expect(outcomes).toEqual({ 200: 5 })
      expect(attemptsPerKey(origin.qa.counts())).toEqual([2])
      expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 1, replayed: 1, rejected: 0 }, apiUnauthorized: 0 })
      expect(await snapshotOf(page)).toMatchObject({ status: 'active', generation: 2 })
    })

    test(`scenario 3: ${flavour}, the connection dies after the rotation, strict: one clean sign-out, no loop`, async ({
      visit,
    }) => {
      const { page, origin } = await visit({ manager: { flavour }, server: { reuse: 'strict' } })
      await settle(page, origin)
      origin.qa.setFault({ endpoint: 'refresh', kind: 'reset-after' })
      const outcomes = await page.evaluate(async () => {
        await app.signIn({ lifetime: 'over' })
        return app.outcomes(Array.from({ length: 5 }, app.patients))
      })
      expect(outcomes).toEqual({ signed_out: 5 })
      expect(await snapshotOf(page)).toMatchObject({ status: 'signed-out', signedOutReason: 'refresh-rejected' })

      // Whatever is asked for now, the endpoint is left alone.
      const later = await page.evaluate(() =>
        app.outcomes([app.tokens.getAccessToken(), app.tokens.refreshAccessToken(), app.tokens.fetch('/api/ward')]),
      )
      expect(later).toEqual({ signed_out: 3 })
      expect(attemptsPerKey(origin.qa.counts())).toEqual([2])
      expect((await eventTypesOf(page)).filter((type) => type === 'signed-out')).toHaveLength(1)
    })
  }

  test('scenario 17: headers arrive and the body never ends: every call settles, the attempt is repeated', async ({
    visit,
  }) => {
    const { page, origin } = await visit({
      manager: { idempotentRefresh: true, options: { maxWaitMs: 500, refreshTimeoutMs: 2_000 } },
      server: { reuse: 'replay' },
    })
    await settle(page, origin)
    origin.qa.setFault({ endpoint: 'refresh', kind: 'stall' })
    const { outcomes, snapshot } = await page.evaluate(async () => {
      await app.signIn({ lifetime: 'over' })
      const calls = [app.tokens.getAccessToken(), app.tokens.refreshAccessToken(), app.patients()]
      const outcomes = await app.outcomes(calls)
      return { outcomes, snapshot: app.tokens.getSnapshot() }
    })
    expect(outcomes).toEqual({ refresh_unavailable: 3 })
    expect(snapshot).toMatchObject({ generation: 1, refreshing: true })

    await untilSession(page, { generation: 2, status: 'active' })
    expect(attemptsPerKey(origin.qa.counts())).toEqual([2])
    const failures = (await eventsOf(page)).filter(({ type }) => type === 'refresh-failed')
    expect(failures).toMatchObject([{ error: 'timeout', final: false }])
  })

  test('scenario 26: a captive portal answers with HTML: not signed out, degraded, recovers', async ({ visit }) => {
    const { page, origin } = await visit({ server: { reuse: 'strict' } })
    await signIn(page)
    origin.qa.setFault({ endpoint: 'refresh', kind: 'html', times: 1_000 })
    await page.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
    await untilSession(page, { status: 'degraded', lastError: 'refresh_unavailable' })
    expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })

    origin.qa.setFault({ endpoint: 'refresh', kind: 'none' })
    await untilSession(page, { status: 'active', generation: 2 })
    const failures = (await eventsOf(page)).filter(({ type }) => type === 'refresh-failed')
    expect(failures.length).toBeGreaterThan(0)
    for (const failure of failures) expect(failure).toMatchObject({ error: 'not_json', final: false })
    expect(origin.qa.counts().refreshes).toMatchObject({ ok: 1, rejected: 0 })
  })
})
