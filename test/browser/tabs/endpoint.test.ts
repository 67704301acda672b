import { describe, expect } from 'vitest'
import { attemptsPerKey, eventually, refreshRequests, settle, signIn } from '../support/session.ts'
import { eventsOfType, inEach, test, untilEach } from './support/tabs.ts'

describe.concurrent('an endpoint that refuses ten tabs', () => {
  test('scenario 9: 429 with Retry-After after the expiry: one request in the whole browser, session kept', async ({
    visit,
  }) => {
    const { origin, open, openOne } = await visit({
      manager: { options: { maxWaitMs: 1_000 } },
      server: { reuse: 'strict' },
    })
    const first = await openOne()
    const pages = [first, ...(await open(9))]
    await settle(first, origin)
    origin.qa.setFault({ endpoint: 'refresh', kind: '429', retryAfterS: 30, times: 1_000 })
    await signIn(first, { lifetime: 'over' })
    await untilEach(pages, { status: 'degraded', subject: 'amara' })
    const outcomes = await inEach(pages, () => {
      window.dispatchEvent(new Event('online'))
      return app.outcomes([app.patients(), app.tokens.refreshAccessToken()])
    })

    expect(outcomes).toEqual(Array(10).fill({ refresh_unavailable: 2 }))
    expect(origin.qa.counts().endpoints.refresh).toEqual({ requests: 1, statuses: { 429: 1 } })
    expect(origin.qa.counts().endpoints.api.requests).toBe(0)
    await untilEach(pages, { status: 'degraded', subject: 'amara', generation: 1 })
  })

  test('scenario 10: the endpoint is down: each attempt is made by one tab of ten, with an event, until it recovers', async ({
    visit,
  }) => {
    const retry = { firstMs: 200, factor: 2, maxMs: 1_000 }
    const { origin, open, openOne } = await visit({
      manager: { options: { policy: { retry } } },
      server: { reuse: 'strict' },
    })
    const first = await openOne()
    const pages = [first, ...(await open(9))]
    await settle(first, origin)
    origin.qa.setFault({ endpoint: 'refresh', kind: '503', times: 1_000 })
    await signIn(first, { lifetime: 'over' })
    await eventually(() => expect(refreshRequests(origin)).toBeGreaterThanOrEqual(5))
    origin.qa.setFault({ endpoint: 'refresh', kind: 'none' })
    await untilEach(pages, { status: 'active', generation: 2 })

    const counts = origin.qa.counts()
    const { requests } = counts.endpoints.refresh
    expect(counts.endpoints.refresh.statuses).toEqual({ 503: requests - 1, 200: 1 })
    expect(attemptsPerKey(counts)).toEqual([requests])
    const started = await eventsOfType(pages, 'refresh-started')
    const attempts = started.map(({ attempt }) => attempt).sort((a, b) => a - b)
    expect(attempts.slice(-requests)).toEqual(Array.from({ length: requests }, (_, n) => n + 1))
    const failed = (await eventsOfType(pages, 'refresh-failed')).filter(({ error }) => error === 'http_503')
    expect(failed).toHaveLength(requests - 1)
  })
})
