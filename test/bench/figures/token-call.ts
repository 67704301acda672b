import type { Figure } from '../reading.ts'

const CALLS = 300_000

/** `getAccessToken()` with a valid token, awaited one after another. */
export const tokenCall: Figure = (stage) =>
  stage.play({}, async ({ page }) => {
    await page.evaluate(() => app.signIn())
    const { callNs, variableNs } = await page.evaluate(async (calls) => {
      const { tokens } = app
      const token = await tokens.getAccessToken()
      async function call(times: number): Promise<number> {
        const startedAt = performance.now()
        for (let n = 0; n < times; n++) await tokens.getAccessToken()
        return performance.now() - startedAt
      }
      async function variable(times: number): Promise<number> {
        const startedAt = performance.now()
        for (let n = 0; n < times; n++) await token
        return performance.now() - startedAt
      }
      // Warm, as in an app that runs for a while.
      for (let round = 0; round < 5; round++) {
        await call(calls / 5)
        await variable(calls / 5)
      }
      return { callNs: ((await call(calls)) * 1e6) / calls, variableNs: ((await variable(calls)) * 1e6) / calls }
    }, CALLS)
    return [
      { name: 'getAccessToken() with a valid token', unit: 'ns', value: callNs, target: 100 },
      { name: '  an awaited variable', unit: 'ns', value: variableNs },
    ]
  })
