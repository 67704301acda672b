import { describe, expect } from 'vitest'
import { attemptsPerKey, eventually, refreshRequests, settle, signIn } from '../support/session.ts'
import { close, eventsOfType, inEach, test, untilEach } from './support/tabs.ts'

const EXPIRIES = 5
const LIFETIME_MS = 3_000
/** A refresh comes at most 5 % early. */
const EARLIEST = 0.95

describe.concurrent('many tabs refresh as one', () => {
  for (const flavour of ['json', 'cookie'] as const) {
    test(`scenario 1: 10 tabs, ${flavour}, strict, 3 s tokens: one refresh per expiry, no failed request`, async ({
      visit,
    }) => {
      const { origin, open, openOne } = await visit({
        manager: { flavour },
        server: { reuse: 'strict', accessLifetimeMs: LIFETIME_MS },
      })
      const first = await openOne()
      const pages = [first, ...(await open(9))]
      await Promise.all(pages.map((page) => settle(page, origin)))
      await signIn(first)
      await untilEach(pages, { status: 'active' })
      const polls = await Promise.all(pages.map((page) => page.evaluateHandle(() => app.poll(250))))
      await eventually(() => expect(origin.qa.counts().refreshes.ok).toBeGreaterThanOrEqual(EXPIRIES))
      const polled = await Promise.all(polls.map((poll) => poll.evaluate((running) => running.stop())))
      await first.evaluate(() => app.tokens.signOut())
      await untilEach(pages, { status: 'signed-out', signedOutReason: 'user' })

      // But for the first, which is drawn over all of it, no token is replaced before half its life is over.
      // Before the sign-in each tab asked whether there is a session.
      const started = (await eventsOfType(pages, 'refresh-started')).filter(({ trigger }) => trigger !== 'restore')
      const sentAt = started.map(({ at }) => at).sort((a, b) => a - b)
      const apart = sentAt.slice(2).map((at, n) => at - (sentAt[n + 1] ?? 0))
      expect(apart.filter((ms) => ms < (LIFETIME_MS / 2) * EARLIEST)).toEqual([])
      for (const { sent, statuses, errors } of polled) {
        expect({ statuses, errors }).toEqual({ statuses: { 200: sent }, errors: [] })
        expect(sent).toBeGreaterThan(0)
      }
      const counts = origin.qa.counts()
      const { requests } = counts.endpoints.refresh
      expect(counts).toMatchObject({
        endpoints: { refresh: { statuses: { 200: requests } } },
        refreshes: { ok: requests, rejected: 0 },
        reuseEvents: 0,
        familiesRevoked: 1,
        apiUnauthorized: 0,
      })
      expect(attemptsPerKey(counts)).toEqual(Array(requests).fill(1))
      const refreshed = await eventsOfType(pages, 'refreshed')
      const generations = refreshed.map(({ generation = 0 }) => generation).sort((a, b) => a - b)
      expect(generations).toEqual(Array.from({ length: requests }, (_, n) => n + 2))
      const failed = (await eventsOfType(pages, 'refresh-failed')).filter(({ sid }) => sid !== undefined)
      expect(failed).toEqual([])
    })
  }

  for (const left of ['the refresh cookie and the ledger', 'the refresh cookie alone'] as const) {
    test(`scenario 34: 8 tabs are restored, all they have is ${left}: one refresh`, async ({ visit }) => {
      const { origin, open, openOne } = await visit({ manager: { flavour: 'cookie' }, server: { reuse: 'strict' } })
      const earlier = await openOne()
      await settle(earlier, origin)
      await signIn(earlier)
      if (left === 'the refresh cookie alone') {
        await earlier.evaluate(async () => {
          await app.tokens.dispose()
          localStorage.clear()
        })
      }
      await close(earlier)
      origin.qa.reset()

      const pages = await open(8)
      const statuses = await inEach(pages, async () => (await app.tokens.start()).status)
      expect(statuses).toEqual(Array(8).fill('active'))
      expect(await inEach(pages, () => app.outcomes([app.patients()]))).toEqual(Array(8).fill({ 200: 1 }))
      expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 1, rejected: 0 }, apiUnauthorized: 0 })
      expect(refreshRequests(origin)).toBe(1)
    })
  }
})
