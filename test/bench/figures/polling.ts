import { type Figure, quantile } from '../reading.ts'

const POLL_FOR_MS = 15_000
const POLL_EVERY_MS = 25
const LIFETIME_MS = 7_000
const REFRESH_MS = 100
const URL = '/fixture/ward'

/** Requests that would meet a refresh, against the same polling with a token that never expires. */
export const polling: Figure = (stage) =>
  stage.play({}, async ({ page, origin }) => {
    origin.qa.setLifetimes({ accessLifetimeMs: LIFETIME_MS })
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: REFRESH_MS })
    await page.evaluate(() => app.signIn())
    const { bare, managed } = await page.evaluate(
      async ({ forMs, everyMs, url }) => {
        const headers = { Authorization: 'Bearer of-one-that-never-expires' }
        const times = { bare: [] as number[], managed: [] as number[] }
        async function timed(send: Promise<Response>, into: number[]): Promise<void> {
          const startedAt = performance.now()
          await (await send).arrayBuffer()
          into.push(performance.now() - startedAt)
        }
        const underWay: Promise<void>[] = []
        const endsAt = performance.now() + forMs
        for (let n = 0; performance.now() < endsAt; n++) {
          await new Promise((resolve) => setTimeout(resolve, everyMs))
          // In turns, and not together: two at once would measure each other.
          underWay.push(
            n % 2 ? timed(app.fetch(url, { headers }), times.bare) : timed(app.tokens.fetch(url), times.managed),
          )
        }
        await Promise.all(underWay)
        return times
      },
      { forMs: POLL_FOR_MS, everyMs: POLL_EVERY_MS, url: URL },
    )
    const queued = await page.evaluate(() => app.tokens.getMetrics().requestsQueued)
    const refreshes = origin.qa.counts().refreshes.ok
    if (refreshes < 2) throw new Error(`The polling met ${refreshes} refreshes.`)
    return [
      {
        name: 'A request that would meet a refresh, p99, added',
        unit: 'ms',
        value: quantile(managed, 0.99) - quantile(bare, 0.99),
        target: 5,
      },
      { name: '  the same polling without a refresh, p99', unit: 'ms', value: quantile(bare, 0.99) },
      { name: '  requests that waited for a refresh', unit: '', value: queued, target: 0 },
      { name: '  the longest', unit: 'ms', value: Math.max(...managed) },
    ]
  })
