import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { ManagerConfig } from './page/page.ts'
import { addressOf, type Origin } from './support/origin.ts'
import { test } from './support/restart.ts'
import { eventually, refreshRequests, settle, signIn, untilSession } from './support/session.ts'
import { storedGenerations } from './support/stored.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const manager = {
  store: 'encrypted',
  options: { policy: { jitterRatio: 0, idleTimeoutMs: 15 * MINUTE, sessionMaxMs: 8 * HOUR } },
} satisfies ManagerConfig

/** A page whose wall clock is off by this much from the start. */
async function openAt(profile: BrowserContext, origin: Origin, aheadMs: number): Promise<Page> {
  const page = await profile.newPage()
  await page.addInitScript((aheadMs) => {
    const { now } = Date
    Date.now = () => now() + aheadMs
  }, aheadMs)
  await page.goto(addressOf(origin, manager))
  return page
}

/** Signs in, and closes the browser. */
async function signInAndQuit(start: () => Promise<BrowserContext>, origin: Origin): Promise<void> {
  const earlier = await start()
  const page = await openAt(earlier, origin, 0)
  await settle(page, origin)
  await signIn(page)
  await earlier.close()
}

test('scenario 38: a new browser with the same profile goes on with the session of the encrypted store', async ({
  origin,
  start,
}) => {
  await signInAndQuit(start, origin)
  for (let generation = 1; generation <= 2; generation++) {
    const profile = await start()
    const page = await openAt(profile, origin, 0)
    expect(await page.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', generation })
    expect(refreshRequests(origin)).toBe(generation - 1)
    expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
    await page.evaluate(() => app.tokens.refreshAccessToken())
    await page.evaluate(() => app.tokens.dispose())
    await profile.close()
  }
})

test('scenario 38: past the idle limit it is signed out in the new browser before any request', async ({
  origin,
  start,
}) => {
  await signInAndQuit(start, origin)
  const before = origin.seen.length
  const page = await openAt(await start(), origin, 16 * MINUTE)
  const outcomes = page.evaluate(() => app.outcomes([app.patients(), app.tokens.getAccessToken()]))
  expect(await page.evaluate(() => app.tokens.start())).toMatchObject({
    status: 'signed-out',
    signedOutReason: 'idle',
  })
  expect(await outcomes).toEqual({ signed_out: 2 })
  const sent = origin.seen.slice(before).map(({ path }) => path)
  expect(sent.filter((path) => path !== '/auth/logout')).toEqual([])
})

test('scenario 38: a clock that was set back an hour meanwhile extends no limit', async ({ origin, start }) => {
  const earlier = await start()
  const first = await openAt(earlier, origin, 0)
  await settle(first, origin)
  await signIn(first)
  await first.close()
  // Ten minutes later, and nobody was active: a refresh is no activity.
  const last = await openAt(earlier, origin, 10 * MINUTE)
  await last.evaluate(() => app.tokens.refreshAccessToken().then(() => app.tokens.dispose()))
  await earlier.close()

  const page = await openAt(await start(), origin, 10 * MINUTE - HOUR)
  const { status, idleEndsAt = 0, sessionEndsAt = 0 } = await page.evaluate(() => app.tokens.start())
  expect(status).toBe('active')
  const now = await page.evaluate(() => Date.now())
  expect(idleEndsAt - now).toBeLessThanOrEqual(5 * MINUTE)
  expect(sessionEndsAt - now).toBeLessThanOrEqual(8 * HOUR - 10 * MINUTE)
})

test('scenario 54: the tab that refreshed dies before it has stored: another stores it, and a restart finds it', async ({
  origin,
  start,
}) => {
  const earlier = await start()
  const [first, other] = [await openAt(earlier, origin, 0), await openAt(earlier, origin, 0)]
  await settle(first, origin)
  await signIn(first)
  await untilSession(other, { status: 'active', generation: 1 })
  await eventually(async () => expect(await storedGenerations(other)).toEqual([1]))
  await first.evaluate(async () => {
    // The tab is gone before its database opens.
    IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest
    await app.tokens.refreshAccessToken()
  })
  await untilSession(other, { generation: 2 })
  await first.close()
  await eventually(async () => expect(await storedGenerations(other)).toEqual([2]))
  await earlier.close()

  const page = await openAt(await start(), origin, 0)
  expect(await page.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', generation: 2 })
  await page.evaluate(() => app.tokens.refreshAccessToken())
  expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 2, rejected: 0 }, reuseEvents: 0 })
})
