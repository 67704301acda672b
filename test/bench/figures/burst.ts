import { type Figure, median } from '../reading.ts'

const REQUESTS = 200
const REFRESH_MS = 500
const ROUNDS = 5
const URL = '/api/ward/patients'

/** 200 requests at once with an expired token, behind a refresh of 500 ms; each time after as many bare ones. */
export const burst: Figure = (stage) =>
  stage.play({}, async ({ page, origin }) => {
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: REFRESH_MS })
    const { bare, managed } = await page.evaluate(
      async ({ requests, rounds, url }) => {
        async function allAnswered(send: (url: string) => Promise<Response>): Promise<number> {
          const answers = Array.from({ length: requests }, async (_, n) => {
            // Each its own address: those for the same one wait for each other in Chromium's cache.
            const answer = await send(`${url}?n=${n}`)
            await answer.arrayBuffer()
            if (!answer.ok) throw new Error(`Answer ${answer.status}.`)
          })
          await Promise.all(answers)
          return performance.now()
        }
        let refreshedAt = 0
        app.tokens.onEvent(({ type }) => {
          if (type === 'refreshed') refreshedAt = performance.now()
        })
        const times = { bare: [] as number[], managed: [] as number[] }
        // The first round opens connections and compiles.
        for (let round = 0; round <= rounds; round++) {
          await app.signIn()
          const headers = { Authorization: `Bearer ${app.tokens.peekAccessToken()}` }
          const startedAt = performance.now()
          const bareMs = (await allAnswered((target) => app.fetch(target, { headers }))) - startedAt
          await app.signIn({ lifetime: 'over' })
          const managedMs = (await allAnswered((target) => app.tokens.fetch(target))) - refreshedAt
          if (round === 0) continue
          times.bare.push(bareMs)
          times.managed.push(managedMs)
        }
        return times
      },
      { requests: REQUESTS, rounds: ROUNDS, url: URL },
    )
    const { refreshes, endpoints } = origin.qa.counts()
    return [
      {
        name: '200 requests at once, expired token: refreshes',
        unit: '',
        value: Math.max(refreshes.ok, endpoints.refresh.requests) / (ROUNDS + 1),
        target: 1,
      },
      { name: '  from the refresh until all are answered', unit: 'ms', value: median(managed), target: 370 },
      { name: '  200 bare requests, the floor', unit: 'ms', value: median(bare) },
    ]
  })
