import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { inEach } from '../browser/tabs/support/tabs.ts'
import { type InteropSite, statusesOf } from './support/site.ts'
import { eventsOfType, expectAllAnswered, pollUntil, signOutAfterRefresh, test, untilEach } from './support/tabs.ts'

const EXPIRIES = 4
const LIFETIME_S = 6
// A request that arrives after the expiry makes the middleware renew too. What is under way when the page asks for a
// renewal has so long to arrive, also on a busy machine.
const LEAD_MS = 3_000
const LOGOUT = '/account/session/logout/'

const variants = [
  { backend: 'all-cookies', renewedBy: 'browser', url: '/account/session/refresh/' },
  { backend: 'renewed-by-server', renewedBy: 'server', url: '/account/session/keep-alive/' },
] as const

/** Every token that the site ever gave to this browser. */
function tokensGiven({ exchanges }: InteropSite): string[] {
  const given = exchanges.flatMap(({ cookiesSet }) =>
    cookiesSet.map((cookie) => /^\w+_token=([^;"]+)/.exec(cookie)?.[1]),
  )
  return given.filter((token) => token !== undefined)
}

/** Neither scripts nor their requests have seen one: they are in HttpOnly cookies and nowhere else. */
async function expectUnseen(site: InteropSite, pages: readonly Page[], profile: BrowserContext): Promise<void> {
  const given = tokensGiven(site)
  expect(given.length).toBeGreaterThan(EXPIRIES)
  const within = (await inEach(pages, () => ward.within())).join()
  const answers = site.exchanges.map(({ body }) => body).join()
  expect(given.filter((token) => within.includes(token) || answers.includes(token))).toEqual([])
  expect(site.exchanges.filter(({ authorization }) => authorization !== undefined)).toEqual([])
  const cookies = await profile.cookies(site.url)
  expect(
    cookies
      .filter(({ httpOnly }) => httpOnly)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['access_token', 'refresh_token'])
}

/** Signs in by the server's own form, which leads to the app at this address. */
async function signInByForm(page: Page, username: string, address = page.url()): Promise<void> {
  const { origin, pathname, search } = new URL(address)
  await page.goto(`${origin}/account/login/?next=${encodeURIComponent(pathname + search)}`)
  await page.fill('[name=username]', username)
  await page.fill('[name=password]', `${username}-pw`)
  await Promise.all([page.waitForURL(address), page.click('button')])
}

const IDLE_MS = 4_000

describe('scenario 46: Django signs in by its own form', () => {
  test('sign-out, sign-in again, the next morning; and its page, loaded again, brings nothing back', async ({
    visit,
    django,
  }) => {
    // A site of its own: others count what is issued.
    const backend = await django({ accessLifetimeS: 600 })
    const { site, profile, open } = await visit({ backend: 'login-form', idleTimeoutMs: IDLE_MS }, backend.url)
    const [page] = (await open(1)) as [Page]
    await signInByForm(page, 'amara')
    await untilEach([page], { status: 'active', subject: '1' })

    await page.evaluate(() => ward.tokens.signOut())
    expect(statusesOf(site, LOGOUT)).toEqual([204])
    await signInByForm(page, 'amara')
    await untilEach([page], { status: 'active', subject: '1' })

    // The endpoint does not hear of this sign-out: refresh cookie and login id stay.
    await page.route(`**${LOGOUT}`, (route) => route.abort())
    await page.evaluate(() => ward.tokens.signOut())
    await page.reload()
    await untilEach([page], { status: 'signed-out', signedOutReason: 'user' })
    expect((await profile.cookies(site.url)).map(({ name }) => name)).toContain('refresh_token')

    // The browser is closed in the evening: no page was there when the idle limit passed.
    await signInByForm(page, 'amara')
    await untilEach([page], { status: 'active', subject: '1' })
    const address = page.url()
    await page.goto('about:blank')
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS + 500))
    const revocations = statusesOf(site, LOGOUT).length
    await signInByForm(page, 'ben', address)
    await untilEach([page], { status: 'active', subject: '2' })
    expect(statusesOf(site, LOGOUT)).toHaveLength(revocations)
    expect((await backend.counts()).blacklistedUses).toBe(0)
  })
})

describe.concurrent('Django, all in cookies', () => {
  for (const { backend: kind, renewedBy, url } of variants) {
    test(`renewed by the ${renewedBy}: 5 tabs stay signed in and never see a token`, async ({ visit, django }) => {
      const backend = await django({ accessLifetimeS: LIFETIME_S, renewedBy })
      const { site, profile, open } = await visit({ backend: kind, leadMs: LEAD_MS }, backend.url)
      const pages = await open(4)
      await pages[0]?.evaluate(() => ward.signIn('amara'))
      await untilEach(pages, { status: 'active', subject: '1' })
      // A tab that comes later finds the session too.
      pages.push(...(await open(1)))
      await untilEach(pages, { status: 'active', subject: '1' })
      const before = (await backend.counts()).blacklisted
      const polled = await pollUntil({ site, pages }, async () => {
        expect((await backend.counts()).blacklisted).toBeGreaterThanOrEqual(before + EXPIRIES)
      })

      expectAllAnswered(polled)
      expect(await inEach(pages, () => ward.note())).toEqual(Array(5).fill(201))
      await expectUnseen(site, pages, profile)

      // Who is signed in stands in the tab's own storage, and nothing else does.
      const user = JSON.stringify({ subject: '1', name: 'Amara' })
      expect(await inEach(pages, () => ({ ...sessionStorage }))).toEqual(Array(5).fill({ user }))

      await signOutAfterRefresh(pages[4])
      await untilEach(pages, { status: 'signed-out', signedOutReason: 'user' })
      expect(await inEach(pages, () => ({ ...sessionStorage }))).toEqual(Array(5).fill({}))
      expect(statusesOf(site, LOGOUT)).toEqual([204])
      expect((await profile.cookies(site.url)).map(({ name }) => name)).toEqual(['csrftoken'])

      // Nothing was renewed but by the one request of all tabs that is there for it; the sign-out spent the last token.
      const renewals = statusesOf(site, url).filter((status) => status === 200)
      expect(await eventsOfType(pages, 'refreshed')).toHaveLength(renewals.length)
      const spent = renewals.length + 1
      expect(await backend.counts()).toEqual({ outstanding: spent, blacklisted: spent, blacklistedUses: 0 })
    })
  }

  test('what changes something is refused without the CSRF token, and signs nobody out', async ({ visit, django }) => {
    const backend = await django({})
    const { site, profile, open } = await visit({ backend: 'all-cookies' }, backend.url)
    const pages = await open(1)
    await pages[0]?.evaluate(() => ward.signIn('amara'))
    await profile.clearCookies({ name: 'csrftoken', domain: new URL(site.url).hostname })
    expect(await inEach(pages, () => ward.note())).toEqual([403])
    const outcome = await pages[0]?.evaluate(async () => {
      const refreshed = ward.tokens.refreshAccessToken().catch(() => {})
      await new Promise<void>((resolve) => ward.tokens.onEvent(({ type }) => type === 'refresh-failed' && resolve()))
      const snapshot = ward.tokens.getSnapshot()
      await ward.tokens.dispose()
      await refreshed
      return snapshot
    })
    expect(outcome).toMatchObject({ status: 'degraded', subject: '1' })
    expect(statusesOf(site, '/account/session/refresh/')).toContain(403)
    expect(await backend.counts()).toEqual({ outstanding: 1, blacklisted: 0, blacklistedUses: 0 })
  })
})
