import type { Page } from 'playwright-core'
import { test as base, describe, expect, onTestFinished } from 'vitest'
import type { ManagerConfig } from '../browser/page/page.ts'
import { bundle } from '../browser/support/bundle.ts'
import { startChromium } from '../browser/support/chromium.ts'
import { createOrigin } from '../browser/support/origin.ts'
import { eventually, signIn, snapshotOf } from '../browser/support/session.ts'
import { startTwoServers, type TwoServers, type TwoServersOptions } from './support/two-servers.ts'

const TABS = 5
const EXPIRIES = 10
const POLL_EVERY_MS = 200
const LIFETIME_MS = 3_000
const PAGE = '<!doctype html><html lang="en"><title>Ward</title><script type="module" src="/page.js"></script></html>'

const test = base
  .extend('script', { scope: 'file' }, () => bundle())
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it that nothing is needed
  .extend('chromium', { scope: 'file' }, async ({}, { onCleanup }) => {
    const chromium = await startChromium()
    onCleanup(async () => chromium?.close())
    return chromium
  })
  .extend('open', async ({ chromium, skip }, { onCleanup }) => {
    if (chromium === undefined) return skip('there is no Chromium')
    const tabs: Page[] = []
    onCleanup(async () => void (await Promise.all(tabs.map((tab) => tab.close()))))
    return async (url: string, manager: ManagerConfig = {}): Promise<Page[]> => {
      const opened = Array.from({ length: TABS }, async () => {
        const tab = await chromium.profile.newPage()
        tabs.push(tab)
        await tab.goto(`${url}/?manager=${encodeURIComponent(JSON.stringify(manager))}`)
        await tab.evaluate(() => app.tokens.start())
        return tab
      })
      return Promise.all(opened)
    }
  })
  .extend('behindNginx', async ({ script, skip }, { onCleanup }) => {
    const running: TwoServers[] = []
    onCleanup(async () => void (await Promise.all(running.map(({ close }) => close()))))
    return async (options: TwoServersOptions): Promise<TwoServers> => {
      const started = await startTwoServers({ files: { 'index.html': PAGE, 'page.js': script }, ...options })
      if (started === undefined) return skip('redis-server or nginx is not here, and cannot be installed')
      running.push(started)
      return started
    }
  })

// Cookies know no ports, and what tabs share is per origin.
const named = (url: string, name: string) => url.replace('127.0.0.1', `${name}.localhost`)

interface Figures {
  refreshesPerExpiry: number
  sessionsLost: number
  failedRequests: number
}

/** Signs in in one of the tabs, and lets all poll the protected API over ten expiries. */
async function keepSession(tabs: readonly Page[], refreshRequests: () => Promise<number>): Promise<Figures> {
  const [first] = tabs
  if (first === undefined) throw new Error('there is no tab')
  const before = await refreshRequests()
  await signIn(first)
  await eventually(async () => {
    for (const tab of tabs) expect(await snapshotOf(tab)).toMatchObject({ status: 'active' })
  })
  const start = (everyMs: number) => {
    globalThis.polling = app.poll(everyMs)
  }
  await Promise.all(tabs.map((tab) => tab.evaluate(start, POLL_EVERY_MS)))
  const generationOf = async (tab: Page) => (await snapshotOf(tab)).generation
  const { generation: signedInAt } = await snapshotOf(first)
  for (let expiry = 1; expiry <= EXPIRIES; expiry++) {
    await eventually(async () => expect(await generationOf(first)).toBeGreaterThanOrEqual(signedInAt + expiry))
  }
  const polled = await Promise.all(tabs.map((tab) => tab.evaluate(() => globalThis.polling.stop())))
  const statuses = (await Promise.all(tabs.map(snapshotOf))).map(({ status }) => status)
  await Promise.all(tabs.map((tab) => tab.evaluate(() => app.tokens.dispose())))
  return {
    refreshesPerExpiry: ((await refreshRequests()) - before) / EXPIRIES,
    sessionsLost: statuses.filter((status) => status !== 'active').length,
    failedRequests: polled.reduce((sum, { sent, statuses: { 200: ok = 0 } }) => sum + sent - ok, 0),
  }
}

const flawless: Figures = { refreshesPerExpiry: 1, sessionsLost: 0, failedRequests: 0 }
const clean = { reuseEvents: 0, familiesRevoked: 0, apiUnauthorized: 0, refreshes: { rejected: 0 } }

describe('five tabs, 3 s tokens, strict, ten expiries', () => {
  test('on one server', async ({ open, script }) => {
    const origin = await createOrigin({ script, server: { reuse: 'strict', accessLifetimeMs: LIFETIME_MS } })
    onTestFinished(() => origin.close())
    const tabs = await open(named(origin.url, 'one'))
    const figures = await keepSession(tabs, async () => origin.qa.counts().endpoints.refresh.requests)
    expect(figures).toEqual(flawless)
    expect(origin.qa.counts()).toMatchObject(clean)
  })

  test('the same on two servers that share a Redis, behind nginx', async ({ open, behindNginx }) => {
    const { nginx, servers, countsOf } = await behindNginx({ args: ['--reuse', 'strict', '--access-lifetime', '3s'] })
    const tabs = await open(named(nginx.url, 'two'))
    const counts = () => Promise.all(servers.map(countsOf))
    const figures = await keepSession(tabs, async () =>
      (await counts()).reduce((sum, { endpoints }) => sum + endpoints.refresh.requests, 0),
    )
    expect(figures).toEqual(flawless)
    for (const count of await counts()) {
      expect(count).toMatchObject(clean)
      // Both took part: no session sticks to a server.
      expect(count.refreshes.ok).toBeGreaterThan(0)
    }
  })
})

test('a server that dies with a refresh in its hands: the other one replays it, nobody is signed out', async ({
  open,
  behindNginx,
}) => {
  const { nginx, servers, countsOf } = await behindNginx({ args: [] })
  const tabs = await open(named(nginx.url, 'dying'), { idempotentRefresh: true })
  const [first] = tabs
  if (first === undefined) throw new Error('there is no tab')
  await signIn(first)
  // It takes effect at once, and is answered too late.
  const fault = { endpoint: 'refresh', kind: 'latency', when: 'after', ms: 60_000 }
  for (const { url } of servers) await post(`${url}/qa/faults`, fault)
  const refreshed = tabs.map((tab) => tab.evaluate(() => app.outcomes([app.tokens.refreshAccessToken()])))
  let dying: (typeof servers)[number] | undefined
  await eventually(async () => {
    const counts = await Promise.all(servers.map(countsOf))
    dying = servers.find((_, i) => counts[i]?.refreshes.ok === 1)
    expect(dying).toBeDefined()
  })
  const survivor = servers.find((server) => server !== dying) ?? servers[0]
  await post(`${survivor.url}/qa/reset`)
  await dying?.kill()

  expect(await Promise.all(refreshed)).toEqual(tabs.map(() => ({ token: 1 })))
  expect(await countsOf(survivor)).toMatchObject({ refreshes: { ok: 0, replayed: 1, rejected: 0 }, reuseEvents: 0 })
  for (const tab of tabs) expect(await tab.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
})

describe('nginx with the recommended configuration', () => {
  const json = { 'Content-Type': 'application/json' }

  async function signInAs(url: string, username: string) {
    const answer = await post(`${url}/auth/login`, { username, password: `${username}-pw` })
    const { access, refresh }: { access: string; refresh: string } = await answer.json()
    return { refresh, me: () => fetch(`${url}/auth/me`, { headers: { Authorization: `Bearer ${access}` } }) }
  }

  test('caches no answer, although the configuration around it caches all', async ({ behindNginx }) => {
    const { nginx } = await behindNginx({ args: [] })
    const [amara, ben] = [await signInAs(nginx.url, 'amara'), await signInAs(nginx.url, 'ben')]
    expect(amara.refresh).not.toBe(ben.refresh)
    expect(await (await amara.me()).json()).toMatchObject({ user: { username: 'amara' } })
    expect(await (await ben.me()).json()).toMatchObject({ user: { username: 'ben' } })
    expect((await fetch(`${nginx.url}/auth/me`)).status).toBe(401)
  })

  test('keeps connections to browsers, but not after a refresh', async ({ behindNginx }) => {
    const { nginx } = await behindNginx({ args: [] })
    const { refresh, me } = await signInAs(nginx.url, 'amara')
    const refreshed = await post(`${nginx.url}/auth/refresh`, { refresh })
    expect(refreshed.status).toBe(200)
    expect(refreshed.headers.get('Connection')).toBe('close')
    expect((await me()).headers.get('Connection')).toBe('keep-alive')
    for (const path of ['/auth/cookie/refresh', '/api/token/refresh', '/api/token/auto-refresh', '/oauth/token']) {
      expect([path, (await post(`${nginx.url}${path}`)).headers.get('Connection')]).toEqual([path, 'close'])
    }
  })

  test('lets nobody into the QA mode, and takes no large body', async ({ behindNginx }) => {
    const { nginx, servers } = await behindNginx({ args: [] })
    expect((await fetch(`${servers[0].url}/qa/state`)).status).toBe(200)
    expect((await fetch(`${nginx.url}/qa/state`)).status).toBe(404)
    const body = JSON.stringify({ refresh: 'x'.repeat(20_000) })
    const answer = await fetch(`${nginx.url}/auth/refresh`, { method: 'POST', headers: json, body })
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([413, 'text/html'])
  })

  test('tells whom it saw: a guesser who makes up addresses is stopped, by both servers together', async ({
    behindNginx,
  }) => {
    const env = { RATE_LIMIT_MAX_REQUESTS: '6' }
    const { nginx } = await behindNginx({ args: ['--trusted-proxies', '1'], env })
    const statuses: number[] = []
    for (let guess = 0; guess < 8; guess++) {
      const forged = { ...json, 'X-Forwarded-For': `10.0.0.${guess}`, 'X-Forwarded-Proto': 'https' }
      const body = JSON.stringify({ username: `nobody-${guess}`, password: 'a guess' })
      const answer = await fetch(`${nginx.url}/auth/login`, { method: 'POST', headers: forged, body })
      statuses.push(answer.status)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429, 429])
  })

  test('tells how it was reached: cookies are not Secure because a browser says so', async ({ behindNginx }) => {
    const { nginx } = await behindNginx({ args: ['--trusted-proxies', '1'] })
    const body = JSON.stringify({ username: 'amara', password: 'amara-pw' })
    const headers = { ...json, 'X-Forwarded-Proto': 'https' }
    const answer = await fetch(`${nginx.url}/auth/cookie/login`, { method: 'POST', headers, body })
    expect(answer.status).toBe(200)
    expect(answer.headers.getSetCookie().filter((cookie) => cookie.includes('Secure'))).toEqual([])
  })

  test('hands a request that one server does not take to the other', async ({ behindNginx }) => {
    const { nginx, servers } = await behindNginx({ args: [] })
    const { me } = await signInAs(nginx.url, 'amara')
    await servers[1].kill()
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await me()).status))
    expect(statuses).toEqual(statuses.map(() => 200))
  })
})

function post(url: string, body?: object): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}
