import { expect } from 'vitest'
import { attemptsPerKey, eventually, refreshRequests } from '../support/session.ts'
import type { Tab } from './engine.ts'
import {
  callsOf,
  eventsOf,
  firstOf,
  inEach,
  leadersAmong,
  signedInTabs,
  signedOutTabs,
  snapshotOf,
  untilAll,
  untilGeneration,
} from './tabs.ts'
import type { EngineTest, World } from './world.ts'

const TABS = 5
const EXPIRIES = 4
const SHORT = { reuse: 'strict', accessLifetimeMs: 3_000 } as const

/** How many refreshes it took to come to the newest generation that a tab has. */
async function refreshesOf(tabs: readonly Tab[]): Promise<number> {
  const snapshots = await Promise.all(tabs.map(snapshotOf))
  return Math.max(...snapshots.map(({ generation }) => generation)) - 1
}

/** Each refresh token was sent once, and every request of the API had a token that was good. */
function expectOneRefreshEach({ origin }: World, tabs: readonly Tab[]): Promise<void> {
  // Again while one is under way. One too many stays one too many.
  return eventually(async () => {
    const counts = origin.qa.counts()
    const refreshes = await refreshesOf(tabs)
    expect(counts).toMatchObject({ apiUnauthorized: 0, reuseEvents: 0, familiesRevoked: 0 })
    expect(counts.refreshes).toMatchObject({ ok: refreshes, rejected: 0 })
    expect(attemptsPerKey(counts)).toEqual(Array(refreshes).fill(1))
  })
}

/** Many tabs of one profile behave as one session. */
export function manyTabs(test: EngineTest, engine: string): void {
  test(`scenario 1, ${engine}: ${TABS} tabs that poll, ${EXPIRIES} expiries: one refresh each, no 401`, async ({
    visit,
  }) => {
    const world = await visit({ server: SHORT })
    const tabs = await signedInTabs(world, TABS)
    for (const tab of tabs) {
      await tab.evaluate(() => {
        globalThis.polling = app.poll(200)
      })
    }
    await untilGeneration(tabs, EXPIRIES + 1)
    const polled = await Promise.all(tabs.map((tab) => tab.evaluate(() => globalThis.polling.stop())))

    for (const { sent, statuses, errors } of polled) {
      expect({ statuses, errors }).toEqual({ statuses: { 200: sent }, errors: [] })
      expect(sent).toBeGreaterThan(1)
    }
    await expectOneRefreshEach(world, tabs)
  })

  test(`scenario 12, ${engine}: ${TABS} tabs, one signs out: all are, one revocation`, async ({ visit }) => {
    const world = await visit({ server: { reuse: 'strict' } })
    const [first, ...others] = await signedInTabs(world, TABS)
    await first.evaluate(() => app.tokens.signOut())
    await untilAll([first, ...others], { status: 'signed-out', signedOutReason: 'user' })
    for (const tab of others) expect(await callsOf(tab)).toEqual({ signed_out: 1 })

    const { endpoints, familiesRevoked } = world.origin.qa.counts()
    expect(endpoints.logout).toEqual({ requests: 1, statuses: { 204: 1 } })
    expect({ familiesRevoked, api: endpoints.api.requests }).toEqual({ familiesRevoked: 1, api: 0 })
  })

  test(`a leader that is closed, ${engine}, cookie: another leads, one refresh per expiry`, async ({ visit }) => {
    const world = await visit({ manager: { flavour: 'cookie' }, server: SHORT })
    const tabs = await signedInTabs(world, TABS)
    const [leader, ...more] = firstOf(await leadersAmong(tabs))
    expect(more).toEqual([])
    await leader.close()
    const left = tabs.filter((tab) => tab !== leader)
    await eventually(async () => expect(await leadersAmong(left)).toHaveLength(1))
    await untilGeneration(left, 3)
    for (const tab of left) expect(await callsOf(tab)).toEqual({ 200: 1 })
    await expectOneRefreshEach(world, left)
  })

  test(`scenarios 24 and 39, ${engine}: another user signs in in one of ${TABS} tabs while requests wait: none carries that user's token`, async ({
    visit,
  }) => {
    const world = await visit({ server: { reuse: 'strict' } })
    const { qa, seen } = world.origin
    const [amara, ...rest] = await signedOutTabs(world, TABS)
    const [ben, ...others] = firstOf(rest)
    qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 6_000, when: 'after' })
    await amara.evaluate(async () => {
      await app.signIn({ lifetime: 'over' })
      globalThis.waiting = app.outcomes(Array.from({ length: 3 }, app.patients))
    })
    await eventually(() => expect(refreshRequests(world.origin)).toBe(1))
    await untilAll(others, { subject: 'amara' })
    await ben.evaluate(() => app.signIn({ username: 'ben' }))
    expect(await amara.evaluate(() => globalThis.waiting)).toEqual({ identity_changed: 3 })
    await untilAll([amara, ...others], { status: 'identity-changed' })

    const later = await amara.evaluate(() => app.outcomes([app.patients(), app.tokens.refreshAccessToken()]))
    expect(later).toEqual({ identity_changed: 2 })
    expect(seen.filter(({ path }) => path.startsWith('/api/'))).toEqual([])
    expect(await callsOf(ben)).toEqual({ 200: 1 })
    expect(await snapshotOf(ben)).toMatchObject({ status: 'active', subject: 'ben' })
    await amara.reload()
    expect(await amara.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', subject: 'ben' })
  })

  test(`scenario 42, ${engine}: a tab opened while ${TABS} others are busy: signed in from the start`, async ({
    visit,
  }) => {
    const world = await visit({ server: { reuse: 'strict' } })
    const tabs = await signedInTabs(world, TABS)
    const late = await world.profile.open(`${world.origin.url}/page.js`)
    await inEach(tabs, () => {
      // A task of its own, so that the driver has its answer before; timers of hidden tabs are late.
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        const endsAt = performance.now() + 1_000
        while (performance.now() < endsAt);
      }
      port2.postMessage('now')
    })
    await late.goto(world.url)
    expect(await late.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', subject: 'amara' })
    const types = (await eventsOf(late)).map(({ type }) => type)
    expect(types).not.toContain('signed-out')
    expect(await callsOf(late)).toEqual({ 200: 1 })
    expect(refreshRequests(world.origin)).toBe(0)
  })
}
