import { type Figure, median } from '../reading.ts'

const PAIRS = 3_000
const WARM_UP = 300
const URL = '/fixture/ward'

/** `tokens.fetch` against bare `fetch` on loopback, one after the other, each as often first. */
export const fetchOverhead: Figure = (stage) =>
  stage.play({}, async ({ page }) => {
    await page.evaluate(() => app.signIn())
    const { bare, managed } = await page.evaluate(
      async ({ pairs, warmUp, url }) => {
        const headers = { Authorization: `Bearer ${await app.tokens.getAccessToken()}` }
        async function timed(send: () => Promise<Response>): Promise<number> {
          const startedAt = performance.now()
          await (await send()).arrayBuffer()
          return performance.now() - startedAt
        }
        const sendBare = () => app.fetch(url, { headers })
        const sendManaged = () => app.tokens.fetch(url)
        const times = { bare: [] as number[], managed: [] as number[] }
        for (let n = -warmUp; n < pairs; n++) {
          const managedFirst = n % 2 === 0
          const early = managedFirst ? await timed(sendManaged) : 0
          const bareMs = await timed(sendBare)
          const managedMs = managedFirst ? early : await timed(sendManaged)
          if (n < 0) continue
          times.bare.push(bareMs)
          times.managed.push(managedMs)
        }
        return times
      },
      { pairs: PAIRS, warmUp: WARM_UP, url: URL },
    )
    const bareMs = median(bare)
    const addedMs = median(managed) - bareMs
    // 5 % or 0.05 ms, whichever is more.
    const allowedMs = Math.max(0.05, bareMs * 0.05)
    return [
      { name: 'tokens.fetch on loopback, p50, added', unit: 'ms', value: addedMs, target: allowedMs },
      { name: '  as a share of bare fetch', unit: '%', value: (addedMs / bareMs) * 100 },
      { name: '  bare fetch, p50', unit: 'ms', value: bareMs },
    ]
  })
