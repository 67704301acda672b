import { describe, expect } from 'vitest'
import type { ManagerConfig } from './page/page.ts'
import { collectInPage, openlyIn, watchEmissions } from './support/emissions.ts'
import { eventTypesOf, eventually, settle, signIn } from './support/session.ts'
import { test } from './support/test.ts'

const configs = [
  { flavour: 'json', store: 'memory' },
  { flavour: 'json', store: 'session' },
  { flavour: 'json', store: 'encrypted' },
  { flavour: 'cookie', store: 'memory' },
  { flavour: 'all-cookie', store: 'memory' },
] satisfies ManagerConfig[]
const STORE_KEY = 'the-session'

describe('no token comes out', () => {
  for (const { flavour, store } of configs) {
    test(`${flavour}, ${store} store: of a full run in two tabs, with all that goes wrong`, async ({ visit }) => {
      const log: string[] = []
      const { page, origin, context } = await visit({
        manager: { flavour, store, storeKey: STORE_KEY, options: { maxQueued: 2, maxWaitMs: 3_000 } },
        server: { reuse: 'strict', log: (line) => void log.push(line) },
        // What listeners throw is shown as uncaught, and is meant to be.
        mayThrow: /a listener failed/,
      })
      const emissions = await watchEmissions(context)
      const other = await context.newPage()
      await other.goto(page.url())
      await settle(page, origin)
      for (const tab of [page, other]) await collectInPage(tab)

      await signIn(page, { lifetime: 'over' })
      await page.evaluate(async () => {
        const { tokens } = app
        const told = globalThis.told
        const attempt = (call: () => unknown) =>
          Promise.resolve()
            .then(call)
            .catch((error: unknown) => told.push(error))
        const burst = await Promise.allSettled([app.patients(), app.patients(), app.patients(), app.patients()])
        for (const outcome of burst) if (outcome.status === 'rejected') told.push(outcome.reason)
        await attempt(() => app.createKy(tokens).get('/api/ward/patients').json())
        await attempt(() => app.createKy(tokens).get('/api/ward/nothing').json())
        await attempt(() => tokens.fetch('http://127.0.0.1:9/'))
        await attempt(() => tokens.getAccessToken({ signal: AbortSignal.abort() }))
        await attempt(() => tokens.refreshAccessToken())
        await attempt(() => app.create({ flavour: 'json', options: { login: { url: 'javascript:' } } }))
        const mine = tokens.peekAccessToken() ?? 'cookie'
        // A login answer that can not be read, with tokens in it.
        await attempt(() => tokens.setSession({ access: `${mine}\n`, refresh: mine, expires_in: mine }))
        await attempt(() => tokens.setSession({ refresh: mine }))
        await attempt(() => tokens.setSession(mine))
        await attempt(() => app.create({ options: { name: `${mine}\n` } }))
        await attempt(() => app.create({ options: { name: 'other', allowedOrigins: [mine] } }))
      })
      for (const kind of ['503', 'html', 'reset-before'] as const) {
        origin.qa.setFault({ endpoint: 'refresh', kind })
        await page.evaluate(() =>
          app.tokens.refreshAccessToken().catch((error: unknown) => globalThis.told.push(error)),
        )
      }
      // An endpoint that quotes the token that it was sent.
      await page.route('**/auth/**/refresh', async (route) => {
        const quoted = route.request().postDataJSON()?.refresh ?? 'nothing'
        const json = { error: quoted, code: quoted, reason: `bad ${quoted}`, error_description: quoted }
        await route.fulfill({ status: 400, json })
      })
      await page.evaluate(() => app.tokens.refreshAccessToken().catch((error: unknown) => globalThis.told.push(error)))
      await page.unroute('**/auth/**/refresh')
      await eventually(async () => {
        await page.evaluate(() =>
          app.tokens.refreshAccessToken().catch((error: unknown) => globalThis.told.push(error)),
        )
        expect(origin.qa.counts().refreshes.ok).toBeGreaterThan(2)
      })
      const alive = [...(await openlyIn(page, STORE_KEY)), ...(await openlyIn(other, STORE_KEY))]
      const inDatabases = alive.filter(([where, text]) => where === 'databases' && text.length > 200)
      expect(inDatabases).toHaveLength(store === 'encrypted' ? 2 : 0)
      expect(await eventTypesOf(page)).toEqual(expect.arrayContaining(['refreshed', 'refresh-failed']))
      await other.evaluate(() => app.tokens.signOut())
      await eventually(async () => expect(await eventTypesOf(page)).toContain('signed-out'))
      await page.evaluate(() => app.tokens.getAccessToken().catch((error: unknown) => globalThis.told.push(error)))

      const { issued } = emissions
      // Two at the sign-in and at each refresh.
      expect(issued.size).toBe(2 * (1 + origin.qa.counts().refreshes.ok))
      // After a sign-out not even the store has any left.
      const after = [...(await openlyIn(page, 'none')), ...(await openlyIn(other, 'none'))]
      const emitted = [...alive, ...after, ...(await emissions.all()), ['server log', log.join('\n')]]
      expect(log.length).toBeGreaterThan(5)
      for (const token of issued) {
        // A part of it would be one too many as well.
        const tail = token.slice(-20)
        expect(emitted.filter(([, text]) => text?.includes(tail)).map(([where]) => where)).toEqual([])
      }
    })
  }
})
