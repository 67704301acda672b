import type { SessionSnapshot } from '@token-manager/sdk'
import type { BrowserContext } from 'playwright-core'
import { describe, expect } from 'vitest'
import { addressOf, type Origin } from '../support/origin.ts'
import { test } from '../support/restart.ts'
import { eventually, settle, signIn, snapshotOf } from '../support/session.ts'

async function hasRefreshCookie(profile: BrowserContext): Promise<boolean> {
  return (await profile.cookies()).some(({ name }) => name === 'refresh_token')
}

test('scenario 36: a sign-out while offline, then a new browser with the same profile: nothing comes back, the revocation is made up for', async ({
  origin,
  start,
}) => {
  const earlier = await start()
  const page = await earlier.newPage()
  await page.goto(addressOf(origin, { flavour: 'cookie' }))
  await settle(page, origin)
  await signIn(page)
  // A page that is about to be closed counts as online again: its last try must not get through.
  origin.qa.setFault({ endpoint: 'logout', kind: 'reset-before', times: 1_000 })
  await earlier.setOffline(true)
  await page.evaluate(() => app.tokens.signOut())
  await earlier.close()
  expect(origin.qa.counts().familiesRevoked).toBe(0)

  const later = await start()
  expect(await hasRefreshCookie(later)).toBe(true)
  origin.qa.setFault({ endpoint: 'logout', kind: '503', times: 1 })
  const restored = await later.newPage()
  await restored.goto(addressOf(origin, { flavour: 'cookie' }))
  expect(await restored.evaluate(() => app.tokens.start())).toMatchObject({ status: 'signed-out' })
  await eventually(async () => expect(await hasRefreshCookie(later)).toBe(false))
  expect(await snapshotOf(restored)).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
  expect(origin.qa.counts()).toMatchObject({
    endpoints: { logout: { statuses: { 503: 1, 204: 1 } }, refresh: { requests: 0 } },
    familiesRevoked: 1,
  })
})

describe('scenario 38: a browser that is closed and opened again', () => {
  const MINUTE_MS = 60_000
  const options = { policy: { idleTimeoutMs: 15 * MINUTE_MS, sessionMaxMs: 12 * 60 * MINUTE_MS } }

  for (const config of [{ flavour: 'cookie' }, { store: 'local' }] as const) {
    const address = (origin: Origin) => addressOf(origin, { ...config, options })

    /** What a page found, and when by its clock. */
    type Seen = SessionSnapshot & { seenAt: number }

    /** Opens it at that time by its clock. */
    async function openAt(profile: BrowserContext, origin: Origin, at: number): Promise<Seen> {
      await profile.clock.install({ time: at })
      const page = await profile.newPage()
      await page.goto(address(origin))
      return page.evaluate(async () => ({ ...(await app.tokens.start()), seenAt: Date.now() }))
    }

    /** Seen right before the sign-in. */
    async function signedInAt(profile: BrowserContext, origin: Origin, at: number): Promise<Seen> {
      const { seenAt } = await openAt(profile, origin, at)
      const [page] = profile.pages().slice(-1)
      if (page === undefined) throw new Error('There is no page.')
      const snapshot = await signIn(page)
      origin.qa.reset()
      await profile.close()
      return { ...snapshot, seenAt }
    }

    const name = Object.values(config)[0]
    test(`${name}: the limits count on from where they were`, async ({ origin, start }) => {
      const now = Date.now()
      const before = await signedInAt(await start(), origin, now)
      const after = await openAt(await start(), origin, now + 10 * MINUTE_MS)

      expect(after).toMatchObject({ status: 'active' })
      expect(after.sessionEndsAt).toBe(before.sessionEndsAt)
      expect(after.idleEndsAt).toBe(before.idleEndsAt)
    })

    test(`${name}: over meanwhile, it is signed out before any request`, async ({ origin, start }) => {
      const now = Date.now()
      await signedInAt(await start(), origin, now)
      const later = await start()
      const after = await openAt(later, origin, now + 16 * MINUTE_MS)

      expect(after).toMatchObject({ status: 'signed-out', signedOutReason: 'idle' })
      expect(origin.qa.counts().endpoints).toMatchObject({ api: { requests: 0 }, refresh: { requests: 0 } })
      await eventually(() => expect(origin.qa.counts().familiesRevoked).toBe(1))
    })

    test(`${name}: a clock that was set back an hour extends nothing`, async ({ origin, start }) => {
      const now = Date.now()
      const before = await signedInAt(await start(), origin, now)
      const after = await openAt(await start(), origin, now - 60 * MINUTE_MS)

      expect(after).toMatchObject({ status: 'active' })
      // What is left, and not what was left when the browser was started: that takes as long as it likes.
      for (const limit of ['idleEndsAt', 'sessionEndsAt'] as const) {
        expect((after[limit] ?? Number.NaN) - after.seenAt).toBeLessThanOrEqual((before[limit] ?? 0) - before.seenAt)
      }
    })
  }
})
