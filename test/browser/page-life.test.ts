import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import {
  attemptsPerKey,
  eventTypesOf,
  eventually,
  refreshRequests,
  settle,
  signIn,
  snapshotOf,
  untilSession,
} from './support/session.ts'
import { test, type Visit } from './support/test.ts'

/** Asks for a refresh and lets the page go on. */
function beginRefresh(page: Page): Promise<void> {
  return page.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
}

async function hasRefreshCookie({ context }: Visit): Promise<boolean> {
  return (await context.cookies()).some(({ name }) => name === 'refresh_token')
}

const departures: Record<string, (page: Page, url: string) => Promise<unknown>> = {
  'a reload': (page) => page.reload(),
  'a link': (page, url) => page.goto(`${url}/other${new URL(page.url()).search}`),
}

describe.concurrent('a page that is left in the middle of a refresh', () => {
  for (const [name, leave] of Object.entries(departures)) {
    for (const when of ['before', 'after'] as const) {
      test(`scenario 33: ${name}, cookie, strict, the page is gone ${when} the rotation: signed in, no cookie spent twice`, async ({
        visit,
      }) => {
        const { page, origin } = await visit({
          manager: { flavour: 'cookie', options: { refreshTimeoutMs: 6_000 } },
          server: { reuse: 'strict' },
        })
        await settle(page, origin)
        await signIn(page)
        origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 2_000, when })
        await beginRefresh(page)
        await eventually(() => expect(refreshRequests(origin)).toBe(1))
        await leave(page, origin.url)
        // Nobody has been answered yet: the page left in the middle.
        expect(origin.qa.counts().endpoints.refresh.statuses).toEqual({})
        origin.qa.setFault({ endpoint: 'refresh', kind: 'none' })

        expect(await page.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', subject: 'amara' })
        expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
        expect(origin.qa.counts()).toMatchObject({
          endpoints: { refresh: { requests: 2 } },
          refreshes: { ok: 2, rejected: 0 },
          reuseEvents: 0,
          familiesRevoked: 0,
        })
      })
    }
  }

  for (const [means, config] of [
    ['a marker', { manager: { flavour: 'cookie', marker: 'refresh_marker' }, server: { reuse: 'strict' } }],
    ['replay', { manager: { flavour: 'cookie', idempotentRefresh: true }, server: { reuse: 'replay' } }],
  ] as const) {
    test(`scenario 50: a link in the middle of a cookie restore, ${means}: the next page knows soon, and no cookie is spent twice`, async ({
      visit,
    }) => {
      const { page, origin } = await visit(config)
      // Nobody has signed in yet: the next page is to know that, too. It is told so before its start is overdue.
      for (const status of ['signed-out', 'active']) {
        await settle(page, origin)
        if (status === 'active') await signIn(page)
        const before = refreshRequests(origin)
        origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 1_000, when: 'after' })
        await page.reload()
        await eventually(() => expect(refreshRequests(origin)).toBe(before + 1))
        await page.goto(`${origin.url}/other${new URL(page.url()).search}`)
        expect(await page.evaluate(() => app.tokens.start())).toMatchObject({ status })
        origin.qa.setFault({ endpoint: 'refresh', kind: 'none' })
        expect(refreshRequests(origin)).toBe(before + 2)
      }
      expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
      expect(origin.qa.counts()).toMatchObject({ reuseEvents: 0, familiesRevoked: 0 })
    })
  }

  test('scenario 33: a reload, JSON in session storage, replay: the attempt is repeated with its key', async ({
    visit,
  }) => {
    const { page, origin } = await visit({
      manager: { store: 'session', idempotentRefresh: true },
      server: { reuse: 'replay' },
    })
    await signIn(page)
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 2_000, when: 'after' })
    await beginRefresh(page)
    await eventually(() => expect(refreshRequests(origin)).toBe(1))
    await page.reload()
    origin.qa.setFault({ endpoint: 'refresh', kind: 'none' })
    expect(await snapshotOf(page)).toMatchObject({ generation: 1 })

    await page.evaluate(() => app.tokens.refreshAccessToken())
    expect(await snapshotOf(page)).toMatchObject({ status: 'active', generation: 2 })
    expect(attemptsPerKey(origin.qa.counts())).toEqual([2])
    expect(origin.qa.counts()).toMatchObject({ reuseEvents: 0, refreshes: { ok: 1, replayed: 1 } })
  })
})

test('a reload of a page that is signed out: it knows so as soon as the endpoint says so', async ({ visit }) => {
  const { page, origin } = await visit({ manager: { flavour: 'cookie' }, server: { reuse: 'strict' } })
  await settle(page, origin)
  await page.reload()
  expect(await page.evaluate(() => app.tokens.start())).toMatchObject({ status: 'signed-out' })
  expect(refreshRequests(origin)).toBe(1)
})

test('a sign-in while the page still asks whether there is a cookie: calls do not wait for that', async ({ visit }) => {
  const { page, origin } = await visit({
    manager: { flavour: 'cookie', options: { maxWaitMs: 3_000 } },
    server: { reuse: 'strict' },
  })
  await settle(page, origin)
  origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 500 })
  await page.reload()
  await eventually(() => expect(refreshRequests(origin)).toBe(1))
  const outcomes = await page.evaluate(async () => {
    await app.signIn()
    return app.outcomes([app.tokens.refreshAccessToken(), app.patients()])
  })
  expect(outcomes).toEqual({ token: 1, 200: 1 })
  expect(await snapshotOf(page)).toMatchObject({ status: 'active', generation: 2 })
})

describe.concurrent('a sign-out', () => {
  for (const flavour of ['json', 'cookie'] as const) {
    test(`scenario 18: ${flavour}, while a refresh is in flight: cleared at once, the late answer brings nothing back`, async ({
      visit,
    }) => {
      const visited = await visit({ manager: { flavour, store: 'session' }, server: { reuse: 'strict' } })
      const { page, origin } = visited
      await settle(page, origin)
      await signIn(page)
      origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 2_000, when: 'after' })
      await page.evaluate(() => {
        globalThis.waiting = app.outcomes([app.tokens.refreshAccessToken(), app.tokens.refreshAccessToken()])
      })
      await eventually(() => expect(refreshRequests(origin)).toBe(1))
      const atOnce = await page.evaluate(() => {
        void app.tokens.signOut()
        return { ...app.tokens.getSnapshot(), token: app.tokens.peekAccessToken() ?? 'none' }
      })
      expect(atOnce).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
      expect(atOnce.token).toBe('none')
      expect(origin.qa.counts().endpoints.refresh.statuses).toEqual({})
      expect(await page.evaluate(() => globalThis.waiting)).toEqual({ signed_out: 2 })

      await eventually(() => expect(origin.qa.counts().endpoints.logout.statuses).toHaveProperty('204'))
      await untilSession(page, { status: 'signed-out', refreshing: false })
      expect(origin.qa.counts()).toMatchObject({ familiesRevoked: 1, refreshes: { ok: 1 } })
      // The server counts an answer before the browser has it.
      await eventually(async () => expect(await hasRefreshCookie(visited)).toBe(false))
      await page.reload()
      expect(await page.evaluate(() => app.tokens.start())).toMatchObject({ status: 'signed-out' })
      expect(origin.qa.counts().refreshes.ok).toBe(1)
    })

    test(`scenario 18: ${flavour}, offline: cleared at once, the endpoint hears of it later`, async ({ visit }) => {
      const visited = await visit({ manager: { flavour }, server: { reuse: 'strict' } })
      const { page, origin, context } = visited
      await settle(page, origin)
      await signIn(page)
      await context.setOffline(true)
      await page.evaluate(() => app.tokens.signOut())
      expect(await snapshotOf(page)).toMatchObject({ status: 'signed-out', signedOutReason: 'user', online: false })
      expect(origin.qa.counts().endpoints.logout.requests).toBe(0)

      await context.setOffline(false)
      await eventually(() => expect(origin.qa.counts().endpoints.logout.statuses).toEqual({ 204: 1 }))
      expect(origin.qa.counts()).toMatchObject({ familiesRevoked: 1 })
      // The server counts an answer before the browser has it.
      await eventually(async () => expect(await hasRefreshCookie(visited)).toBe(false))
      expect(await snapshotOf(page)).toMatchObject({ status: 'signed-out', online: true })
    })
  }

  test('scenario 18: the endpoint does not hear of it before a reload: the cookie restores nothing', async ({
    visit,
  }) => {
    const visited = await visit({ manager: { flavour: 'cookie' }, server: { reuse: 'strict' } })
    const { page, origin } = visited
    await settle(page, origin)
    await signIn(page)
    origin.qa.setFault({ endpoint: 'logout', kind: '503', times: 1_000 })
    await page.evaluate(() => void app.tokens.signOut())
    await eventually(() => expect(origin.qa.counts().endpoints.logout.statuses).toHaveProperty('503'))
    await page.reload()
    expect(await hasRefreshCookie(visited)).toBe(true)
    expect(await page.evaluate(() => app.tokens.start())).toMatchObject({ status: 'signed-out' })
    expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ signed_out: 1 })
    expect(refreshRequests(origin)).toBe(0)

    origin.qa.setFault({ endpoint: 'logout', kind: 'none' })
    await eventually(async () => expect(await hasRefreshCookie(visited)).toBe(false))
    expect(origin.qa.counts()).toMatchObject({ familiesRevoked: 1, endpoints: { refresh: { requests: 0 } } })
    expect(await eventTypesOf(page)).not.toContain('restored')
  })
})
