import { describe, expect } from 'vitest'
import { type InteropSite, statusesOf } from './support/site.ts'
import { eventsOfType, expectAllAnswered, pollUntil, signOutAfterRefresh, test, untilEach } from './support/tabs.ts'

const EXPIRIES = 10
const LIFETIME_S = 3
const REFRESH = '/account/token/refresh/'

/** On the wire: a replay hides from the caller that a page sent a token that had expired. */
const expiredUses = ({ exchanges }: InteropSite) => exchanges.filter(({ status }) => status === 401).length

describe.concurrent('Django SimpleJWT', () => {
  test('rotation and blacklist, 5 tabs, 3 s tokens: ten expiries, no blacklisted use, no expired token', async ({
    visit,
    django,
  }) => {
    const backend = await django({ accessLifetimeS: LIFETIME_S })
    const { site, open } = await visit({ backend: 'simple-jwt' }, backend.url)
    const pages = await open(5)
    await pages[0]?.evaluate(() => ward.signIn('amara'))
    await untilEach(pages, { status: 'active', subject: '1' })
    const polled = await pollUntil({ site, pages }, async () => {
      expect((await backend.counts()).blacklisted).toBeGreaterThanOrEqual(EXPIRIES)
    })
    await signOutAfterRefresh(pages[0])
    await untilEach(pages, { status: 'signed-out', signedOutReason: 'user' })

    expectAllAnswered(polled)
    expect(expiredUses(site)).toBe(0)
    const refreshes = statusesOf(site, REFRESH)
    expect(refreshes).toEqual(Array(refreshes.length).fill(200))
    expect(await eventsOfType(pages, 'refreshed')).toHaveLength(refreshes.length)
    expect(await eventsOfType(pages, 'refresh-failed')).toEqual([])
    // Each refresh spent one token, and the sign-out the last.
    expect(statusesOf(site, '/account/token/blacklist/')).toEqual([200])
    expect(await backend.counts()).toEqual({
      outstanding: refreshes.length + 1,
      blacklisted: refreshes.length + 1,
      blacklistedUses: 0,
    })
  })

  test('rotation off: the refresh token that the answer does not repeat is kept, and no expired token is sent', async ({
    visit,
    django,
  }) => {
    const backend = await django({ accessLifetimeS: LIFETIME_S, rotates: false })
    const { site, open } = await visit({ backend: 'simple-jwt' }, backend.url)
    const pages = await open(2)
    await pages[0]?.evaluate(() => ward.signIn('ben'))
    await untilEach(pages, { status: 'active', subject: '2' })
    const polled = await pollUntil({ site, pages }, async () => {
      expect(statusesOf(site, REFRESH).length).toBeGreaterThanOrEqual(EXPIRIES)
    })

    expectAllAnswered(polled)
    expect(expiredUses(site)).toBe(0)
    const answers = site.exchanges.filter(({ path }) => path === REFRESH)
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      expect(Object.keys(JSON.parse(body))).toEqual(['access'])
    }
    expect(await backend.counts()).toEqual({ outstanding: 1, blacklisted: 0, blacklistedUses: 0 })
  })

  test('a refresh token that somebody else has used signs out, and says why', async ({ visit, django }) => {
    const backend = await django({})
    const { site, open } = await visit({ backend: 'simple-jwt' }, backend.url)
    const pages = await open(2)
    await pages[0]?.evaluate(() => ward.signIn('amara'))
    await untilEach(pages, { status: 'active' })
    const granted = site.exchanges.find(({ path }) => path === '/account/token/')
    const { refresh } = JSON.parse(granted?.body ?? '')
    await fetch(`${backend.url}${REFRESH}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ refresh }),
    })
    const outcome = await pages[1]?.evaluate(() =>
      ward.tokens.refreshAccessToken().catch(({ code, reason }) => `${code} ${reason}`),
    )

    expect(outcome).toBe('signed_out refresh-rejected')
    await untilEach(pages, { status: 'signed-out', signedOutReason: 'refresh-rejected' })
    expect(await eventsOfType(pages, 'refresh-failed')).toMatchObject([{ error: 'token_not_valid', final: true }])
    expect(await backend.counts()).toMatchObject({ blacklistedUses: 1 })
  })

  test('15 minutes and 12 hours are what the site says, and two minutes before the end is when it is refreshed', async ({
    visit,
    django,
  }) => {
    const backend = await django({})
    const { open } = await visit({ backend: 'simple-jwt' }, backend.url)
    const [page] = await open(1)
    const snapshot = await page?.evaluate(async () => {
      await ward.signIn('amara')
      await ward.tokens.refreshAccessToken()
      const at = ward.tokens.getEvents().findLast(({ type }) => type === 'refresh-started')?.at ?? 0
      const { accessExpiresAt = 0, refreshExpiresAt = 0, nextRefreshAt = 0 } = ward.tokens.getSnapshot()
      return { access: accessExpiresAt - at, refresh: refreshExpiresAt - at, lead: accessExpiresAt - nextRefreshAt }
    })
    const minutes = (ms = 0) => Math.round(ms / 60_000)
    expect(minutes(snapshot?.access)).toBe(15)
    expect(minutes(snapshot?.refresh)).toBe(12 * 60)
    // Spread by up to 5 % of the interval.
    expect([2, 3]).toContain(minutes(snapshot?.lead))
  })
})
