import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { eventually, refreshRequests, settle, signIn, untilSession } from '../support/session.ts'
import { cookieNames, freeze, inEach, test, untilEach } from './support/tabs.ts'

describe('a sign-out in one of many tabs', () => {
  test('scenario 12: 20 tabs: one revocation, all signed out, a frozen one before its first request', async ({
    visit,
  }) => {
    const { origin, open, openOne } = await visit({ server: { reuse: 'strict' } })
    const frozen = await openOne()
    const others = await open(18)
    const first = await openOne()
    const pages = [first, frozen, ...others]
    await settle(first, origin)
    await signIn(first)
    await untilEach(pages, { status: 'active' })
    const thaw = await freeze(frozen)
    await first.evaluate(() => app.tokens.signOut())
    await untilEach([first, ...others], { status: 'signed-out', signedOutReason: 'user' })
    await thaw()

    expect(await inEach(pages, () => app.outcomes([app.patients()]))).toEqual(Array(20).fill({ signed_out: 1 }))
    expect(await inEach(pages, () => app.tokens.peekAccessToken() ?? 'none')).toEqual(Array(20).fill('none'))
    await eventually(() => expect(origin.qa.counts().endpoints.logout).toEqual({ requests: 1, statuses: { 204: 1 } }))
    expect(origin.qa.counts()).toMatchObject({ familiesRevoked: 1, endpoints: { api: { requests: 0 } } })
  })

  test('scenario 12: with a login page: the visible tab goes there first, the hidden ones after it, who is there stays', async ({
    visit,
  }) => {
    const { origin, address, open, openOne, newTab } = await visit({
      manager: { options: { login: { url: '/other' } } },
      server: { reuse: 'strict' },
    })
    const login = await newTab()
    await login.goto(address.replace('/?', '/other?'))
    await settle(login, origin)
    await signIn(login)
    const hidden = await open(8)
    const visible = await openOne()
    const pages = [visible, ...hidden]
    await untilEach([login, ...pages], { status: 'active' })
    const arrived: Page[] = []
    for (const page of [login, ...pages]) page.on('framenavigated', () => arrived.push(page))
    await inEach(hidden.slice(0, 1), () => app.tokens.signOut())
    await eventually(() => expect(arrived).toHaveLength(pages.length))

    expect(arrived[0]).toBe(visible)
    expect(new Set(arrived)).toEqual(new Set(pages))
    for (const page of pages) {
      const { pathname, searchParams } = new URL(page.url())
      expect([pathname, searchParams.get('next')]).toEqual(['/other', address])
    }
    expect(origin.qa.counts()).toMatchObject({ familiesRevoked: 1, endpoints: { logout: { requests: 1 } } })
  })

  test('scenario 36: a sign-out races a refresh in cookie mode: no cookie and no session comes back', async ({
    visit,
  }) => {
    const { origin, open, openOne, profile } = await visit({
      manager: { flavour: 'cookie' },
      server: { reuse: 'strict' },
    })
    const refreshing = await openOne()
    const leaving = await openOne()
    const later = await openOne()
    const pages = [refreshing, leaving, later, ...(await open(2))]
    await Promise.all(pages.map((page) => settle(page, origin)))
    await signIn(refreshing)
    await untilEach(pages, { status: 'active' })
    expect(await cookieNames(profile, origin)).toContain('refresh_token')
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 1_500, when: 'after' })
    await refreshing.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
    await eventually(() => expect(refreshRequests(origin)).toBe(1))
    await leaving.evaluate(() => void app.tokens.signOut())
    await untilEach(pages, { status: 'signed-out', signedOutReason: 'user' })
    // The answer with the new cookie is still to come.
    expect(origin.qa.counts().endpoints.refresh.statuses).toEqual({})

    await untilSession(refreshing, { refreshing: false })
    await eventually(async () => {
      expect(await cookieNames(profile, origin)).not.toContain('refresh_token')
    })
    expect(origin.qa.counts()).toMatchObject({ familiesRevoked: 1, reuseEvents: 0, refreshes: { ok: 1 } })
    await later.reload()
    expect(await later.evaluate(() => app.tokens.start())).toMatchObject({ status: 'signed-out' })
    await untilEach(pages, { status: 'signed-out' })
    expect(origin.qa.counts().refreshes.ok).toBe(1)
  })
})
