import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { eventually, settle, signIn, snapshotOf } from '../support/session.ts'
import { eventsOfType, inEach, leaderAmong, test as real, type Site, untilEach } from './support/tabs.ts'

declare global {
  /** What the page has posted on channels, by type. */
  var posted: Record<string, number>
  /** It goes on after its main thread was blocked. */
  var hasResumed: boolean
}

// An insecure context, as on a hospital's intranet: Chromium offers no Web Locks there.
const test = real
  .override('flags', ['--host-resolver-rules=MAP *.hospital.test 127.0.0.1'])
  .override('domain', 'hospital.test')

async function signedInTabs({ origin, openOne, open }: Site, count: number): Promise<Page[]> {
  const first = await openOne()
  const pages = [first, ...(await open(count - 1))]
  await settle(first, origin)
  await signIn(first)
  await untilEach(pages, { status: 'active' })
  return pages
}

async function openWithoutChannel({ newTab, address }: Site): Promise<Page> {
  const page = await newTab()
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'BroadcastChannel'))
  await page.goto(address)
  return page
}

const BLOCKED_MS = 6_000
const BLOCKS = [
  { when: 'while it does nothing', refreshTimeoutMs: 60_000 },
  { when: 'in the middle of a refresh', refreshTimeoutMs: 60_000 },
  // Its claim has passed when it goes on.
  { when: 'between its claim and its request', refreshTimeoutMs: 3_000 },
] as const

/** The main thread does nothing else for so long, as during `print()` or `alert()`. */
function block(ms: number): void {
  setTimeout(() => {
    const until = performance.now() + ms
    while (performance.now() < until);
    globalThis.hasResumed = true
  }, 0)
}

function blockAfterClaim(ms: number): void {
  const { commit } = IDBTransaction.prototype
  IDBTransaction.prototype.commit = function () {
    commit.call(this)
    if (this.mode !== 'readwrite' || globalThis.hasResumed) return
    const until = performance.now() + ms
    while (performance.now() < until);
    globalThis.hasResumed = true
  }
}

describe('tabs on plain HTTP, where there are no Web Locks', () => {
  test('scenario 45: a tab that is opened while the others are busy for a second is signed in', async ({ visit }) => {
    const site = await visit({ server: { reuse: 'strict' } })
    const pages = await signedInTabs(site, 2)
    expect(await inEach(pages, () => [isSecureContext, 'locks' in navigator])).toEqual(Array(2).fill([false, false]))
    await inEach(pages, () => {
      new BroadcastChannel('opening').onmessage = () => {
        const until = performance.now() + 1_000
        while (performance.now() < until);
      }
    })
    const opened = await site.newTab()
    await opened.addInitScript(() => new BroadcastChannel('opening').postMessage('here I am'))
    await opened.goto(site.address)
    expect(await opened.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', subject: 'amara' })
    expect(await eventsOfType([opened], 'signed-out')).toEqual([])
  })

  test('scenario 45: a follower that waits asks the leader at most once a second', async ({ visit }) => {
    const site = await visit({ server: { reuse: 'strict' }, manager: { options: { maxWaitMs: 3_000 } } })
    const pages = await signedInTabs(site, 2)
    const [follower] = (await leaderAmong(pages)).others
    if (!follower) throw new Error('There is no follower.')
    site.origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 600_000, when: 'before' })
    const { outcomes, needs, seconds } = await follower.evaluate(async () => {
      globalThis.posted = {}
      const { postMessage } = BroadcastChannel.prototype
      BroadcastChannel.prototype.postMessage = function (message) {
        const type = message?.type ?? 'other'
        globalThis.posted[type] = (globalThis.posted[type] ?? 0) + 1
        postMessage.call(this, message)
      }
      const startedAt = performance.now()
      const outcomes = await app.outcomes([app.tokens.refreshAccessToken()])
      return { outcomes, needs: globalThis.posted.need ?? 0, seconds: (performance.now() - startedAt) / 1_000 }
    })
    expect(outcomes).toEqual({ refresh_unavailable: 1 })
    expect(needs).toBeGreaterThanOrEqual(1)
    expect(needs).toBeLessThanOrEqual(1 + seconds)
  })

  test('scenario 20: two tabs with a store they share and no channel either keep their session', async ({ visit }) => {
    const site = await visit({
      manager: { store: 'local' },
      server: { reuse: 'strict', accessLifetimeMs: 3_000 },
    })
    const { qa } = site.origin
    const first = await openWithoutChannel(site)
    await settle(first, site.origin)
    await signIn(first)
    const pages = [first, await openWithoutChannel(site)]
    await untilEach(pages, { status: 'active' })
    await eventually(async () => {
      for (const page of pages) expect((await snapshotOf(page)).generation).toBeGreaterThan(5)
    })
    expect(await inEach(pages, () => app.outcomes([app.patients()]))).toEqual(Array(2).fill({ 200: 1 }))
    const generations = await inEach(pages, () => app.tokens.getSnapshot().generation)
    expect(qa.counts().endpoints.refresh.requests).toBeLessThanOrEqual(Math.max(...generations))
    expect(qa.counts()).toMatchObject({ refreshes: { rejected: 0 }, reuseEvents: 0, apiUnauthorized: 0 })
    expect(await eventsOfType(pages, 'signed-out')).toEqual([])
  })

  test.for(BLOCKS)(
    'scenario 45: the leader of five tabs is blocked $when: nobody is signed out, no token is spent twice',
    async ({ when, refreshTimeoutMs }, { visit }) => {
      const site = await visit({
        manager: { options: { refreshTimeoutMs } },
        server: { reuse: 'strict', accessLifetimeMs: 3_000 },
      })
      const { qa } = site.origin
      const pages = await signedInTabs(site, 5)
      const { leader } = await leaderAmong(pages)
      await inEach(pages, () => void app.poll(200))
      await eventually(() => expect(qa.counts().refreshes.ok).toBeGreaterThan(0))
      if (when === 'in the middle of a refresh') {
        qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 1_000, when: 'after' })
        await eventually(async () => expect(await snapshotOf(leader)).toMatchObject({ refreshing: true }))
      }
      if (when === 'between its claim and its request') await leader.evaluate(blockAfterClaim, BLOCKED_MS)
      else await leader.evaluate(block, BLOCKED_MS)
      await eventually(async () => expect(await leader.evaluate(() => globalThis.hasResumed)).toBe(true))
      qa.setFault({ endpoint: 'refresh', kind: 'none' })
      const { ok } = qa.counts().refreshes
      await eventually(async () => {
        for (const page of pages) expect((await snapshotOf(page)).generation).toBeGreaterThan(ok + 1)
      })
      expect(await eventsOfType(pages, 'signed-out')).toEqual([])
      expect(qa.counts()).toMatchObject({ refreshes: { rejected: 0 }, reuseEvents: 0, familiesRevoked: 0 })
    },
  )
})
