import { expect } from 'vitest'
import { eventually, refreshRequests } from '../support/session.ts'
import type { Tab } from './engine.ts'
import { firstOf, signedInTabs, signIn, untilAll } from './tabs.ts'
import type { EngineTest, World } from './world.ts'

const TABS = 5
// The revocation is tried again after that long.
const RETRY = { firstMs: 200, factor: 2, maxMs: 1_000 }
const BELOW_COOKIE = '/auth/cookie/here'

/** Whether the browser has a refresh cookie: it comes with a request for an address that the cookie is for. */
async function hasRefreshCookie(tab: Tab, { origin }: World): Promise<boolean> {
  await tab.evaluate((address) => app.fetch(address).then(({ status }) => status), BELOW_COOKIE)
  const request = origin.seen.findLast(({ path }) => path === BELOW_COOKIE)
  return request?.headers.includes('refresh_token=') === true
}

/** Sign-outs that meet trouble, with cookies. */
export function signOut(test: EngineTest, engine: string): void {
  test(`scenario 36, ${engine}, ${TABS} tabs, cookie: a sign-out races a refresh: no cookie and no session comes back; one that can not be told is made up for later`, async ({
    visit,
  }) => {
    const world = await visit({
      manager: { flavour: 'cookie', options: { policy: { retry: RETRY } } },
      server: { reuse: 'strict' },
    })
    const { origin } = world
    const { qa } = origin
    const tabs = await signedInTabs(world, TABS)
    const [refreshing, leaving, later] = tabs
    if (leaving === undefined || later === undefined) throw new Error('There are no tabs.')
    expect(await hasRefreshCookie(later, world)).toBe(true)
    qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 3_000, when: 'after' })
    await refreshing.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
    await eventually(() => expect(refreshRequests(origin)).toBe(1))
    await leaving.evaluate(() => void app.tokens.signOut())
    await untilAll(tabs, { status: 'signed-out', signedOutReason: 'user' })
    // The answer with the new cookie is still to come.
    expect(qa.counts().endpoints.refresh.statuses).toEqual({})

    await untilAll([refreshing], { refreshing: false })
    await eventually(async () => expect(await hasRefreshCookie(later, world)).toBe(false))
    expect(qa.counts()).toMatchObject({ familiesRevoked: 1, reuseEvents: 0, refreshes: { ok: 1 } })
    await later.reload()
    expect(await later.evaluate(() => app.tokens.start())).toMatchObject({ status: 'signed-out' })
    await untilAll(tabs, { status: 'signed-out' })
    expect(qa.counts().refreshes.ok).toBe(1)

    qa.reset()
    await signIn(leaving)
    await untilAll(tabs, { status: 'active' })
    qa.setFault({ endpoint: 'logout', kind: 'reset-before', times: 1_000 })
    await leaving.evaluate(() => app.tokens.signOut())
    await untilAll(tabs, { status: 'signed-out', signedOutReason: 'user' })
    for (const tab of tabs) await tab.close()
    expect(qa.counts().familiesRevoked).toBe(0)
    qa.setFault({ endpoint: 'logout', kind: '503', times: 1 })
    const [reopened] = firstOf(await world.open(1))
    expect(await reopened.evaluate(() => app.tokens.start())).toMatchObject({ status: 'signed-out' })
    await eventually(async () => expect(await hasRefreshCookie(reopened, world)).toBe(false))
    await untilAll([reopened], { status: 'signed-out', signedOutReason: 'user' })
    expect(qa.counts()).toMatchObject({ familiesRevoked: 1, endpoints: { refresh: { requests: 0 } } })
  })
}
