import { expect } from 'vitest'
import { attemptsPerKey, eventually, refreshRequests } from '../support/session.ts'
import { eventsOfType, inEach, signedOutTabs, signIn, untilAll } from './tabs.ts'
import type { EngineTest } from './world.ts'

const TABS = 5
const RETRY = { firstMs: 200, factor: 2, maxMs: 1_000 }

/** An endpoint that refuses: what is asked of it is asked once for all tabs. */
export function endpoint(test: EngineTest, engine: string): void {
  test(`scenarios 9 and 10, ${engine}: the endpoint is down, then 429 with Retry-After, ${TABS} tabs: each attempt by one of them, session kept`, async ({
    visit,
  }) => {
    const world = await visit({
      manager: { options: { maxWaitMs: 1_000, policy: { retry: RETRY } } },
      server: { reuse: 'strict' },
    })
    const { origin } = world
    const { qa } = origin
    const tabs = await signedOutTabs(world, TABS)
    qa.setFault({ endpoint: 'refresh', kind: '503', times: 1_000 })
    await signIn(tabs[0], { lifetime: 'over' })
    await eventually(() => expect(refreshRequests(origin)).toBeGreaterThanOrEqual(4))
    qa.setFault({ endpoint: 'refresh', kind: 'none' })
    await untilAll(tabs, { status: 'active', generation: 2 })

    const counts = qa.counts()
    const { requests } = counts.endpoints.refresh
    expect(counts.endpoints.refresh.statuses).toEqual({ 503: requests - 1, 200: 1 })
    expect(attemptsPerKey(counts)).toEqual([requests])
    const started = await eventsOfType(tabs, 'refresh-started')
    const attempts = started.map(({ attempt }) => attempt).sort((a, b) => a - b)
    expect(attempts).toEqual(Array.from({ length: requests }, (_, n) => n + 1))
    const failed = (await eventsOfType(tabs, 'refresh-failed')).filter(({ error }) => error === 'http_503')
    expect(failed).toHaveLength(requests - 1)

    qa.reset()
    qa.setFault({ endpoint: 'refresh', kind: '429', retryAfterS: 30, times: 1_000 })
    await signIn(tabs[0], { lifetime: 'over' })
    await untilAll(tabs, { status: 'degraded', subject: 'amara' })
    const outcomes = await inEach(tabs, () => {
      window.dispatchEvent(new Event('online'))
      return app.outcomes([app.patients(), app.tokens.refreshAccessToken()])
    })

    expect(outcomes).toEqual(Array(TABS).fill({ refresh_unavailable: 2 }))
    expect(qa.counts().endpoints.refresh).toEqual({ requests: 1, statuses: { 429: 1 } })
    expect(qa.counts().endpoints.api.requests).toBe(0)
    await untilAll(tabs, { status: 'degraded', subject: 'amara' })
  })
}
