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
