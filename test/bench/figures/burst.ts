import type { Figure } from '../reading.ts'

const REQUESTS = 200
const REFRESH_MS = 500
/** How long the endpoint takes for each: six connections then need 34 rounds, which is the floor. */
const URL = '/fixture/ward?afterMs=10'

/** 200 requests at once with an expired token, behind a refresh of 500 ms. */
export const burst: Figure = (stage) =>
  stage.play({}, async ({ page, origin }) => {
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: REFRESH_MS })
    const { bareMs, managedMs } = await page.evaluate(
      async ({ requests, url }) => {
        const headers = { Authorization: 'Bearer of-one-that-never-expires' }
        async function all(send: (url: string) => Promise<Response>): Promise<number> {
          const answers = Array.from({ length: requests }, async (_, n) => {
            const answer = await send(`${url}&n=${n}`)
            await answer.arrayBuffer()
            if (!answer.ok) throw new Error(`Answer ${answer.status}.`)
          })
          await Promise.all(answers)
          return performance.now()
        }
        // The connections are there, as in a page that works.
        await all((target) => app.fetch(target, { headers }))
        const bareFrom = performance.now()
        const bareMs = (await all((target) => app.fetch(target, { headers }))) - bareFrom
        await app.signIn({ lifetime: 'over' })
        let refreshedAt = 0
        app.tokens.onEvent(({ type }) => {
          if (type === 'refreshed') refreshedAt = performance.now()
        })
        const managedMs = (await all((target) => app.tokens.fetch(target))) - refreshedAt
        return { bareMs, managedMs }
      },
      { requests: REQUESTS, url: URL },
    )
    return [
      {
        name: '200 requests at once, expired token: refreshes',
        unit: '',
        value: origin.qa.counts().refreshes.ok,
        target: 1,
      },
      { name: '  from the refresh until all are answered', unit: 'ms', value: managedMs, target: 370 },
      { name: '  200 bare requests, the floor', unit: 'ms', value: bareMs },
    ]
  })
