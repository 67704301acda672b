import type { SessionEvent, SessionSnapshot } from '@token-manager/sdk'
import type { BrowserContext, Page } from 'playwright-core'
import { test as base, expect } from 'vitest'
import type { ManagerConfig } from '../../page/page.ts'
import { bundle } from '../../support/bundle.ts'
import { startChromium } from '../../support/chromium.ts'
import { addressOf, createOrigin, type Origin, type OriginOptions } from '../../support/origin.ts'
import { eventsOf, eventually, snapshotOf } from '../../support/session.ts'

export interface SiteOptions extends Omit<OriginOptions, 'script'> {
  /** The manager that each page makes when it is loaded. */
  manager?: ManagerConfig
}

/** What is in the profile for one test: an origin with cookies and storage of its own, and its tabs. */
export interface Site {
  origin: Origin
  profile: BrowserContext
  /** The address of its pages. */
  address: string
  /** Opens a blank tab, to be prepared before it goes anywhere. */
  newTab(): Promise<Page>
  /** Opens a tab with the page. */
  openOne(): Promise<Page>
  /** Opens tabs with the page, all at once. */
  open(count: number): Promise<Page[]>
}

let sites = 0

/**
 * Tests with a Chromium as users have it per file; all tabs of a test are of one profile, and but for the one in front
 * they are hidden. An error that nobody caught in a page fails the test.
 */
export const test = base
  .extend('script', { scope: 'file' }, () => bundle())
  .extend('flags', { scope: 'file' }, (): readonly string[] => [])
  .extend('domain', { scope: 'file' }, () => 'localhost')
  .extend('chromium', { scope: 'file' }, async ({ flags }, { onCleanup }) => {
    const chromium = await startChromium({ flags })
    onCleanup(async () => chromium?.close())
    return chromium
  })
  .extend('visit', async ({ chromium, domain, script, skip }, { onCleanup }) => {
    if (chromium === undefined) return skip('there is no Chromium')
    const { profile } = chromium
    const closing: Array<() => Promise<unknown>> = []
    const uncaught: Error[] = []
    onCleanup(async () => {
      await Promise.all(closing.map((close) => close()))
      if (uncaught.length > 0) throw new AggregateError(uncaught, 'Nobody caught what was thrown in a page.')
    })

    return async ({ manager = {}, ...options }: SiteOptions = {}): Promise<Site> => {
      const served = await createOrigin({ ...options, script })
      // Cookies know no ports: tests that run side by side have names of their own.
      const origin = { ...served, url: served.url.replace('127.0.0.1', `site-${++sites}.${domain}`) }
      const address = addressOf(origin, manager)
      const tabs: Page[] = []
      closing.push(async () => {
        await Promise.all(tabs.map(close))
        await origin.close()
      })
      async function newTab(): Promise<Page> {
        const page = await profile.newPage()
        tabs.push(page)
        page.on('pageerror', (error) => uncaught.push(error))
        return page
      }
      async function openOne(): Promise<Page> {
        const page = await newTab()
        await page.goto(address)
        return page
      }
      return {
        origin,
        profile,
        address,
        newTab,
        openOne,
        open: (count) => Promise.all(Array.from({ length: count }, openOne)),
      }
    }
  })

/** A tab that crashed or hangs is not waited for. */
const CLOSE_MS = 2_000

export async function close(page: Page): Promise<void> {
  await Promise.race([page.close().catch(() => {}), new Promise((resolve) => setTimeout(resolve, CLOSE_MS))])
}

/** Runs the same in all of them. */
export function inEach<T>(pages: readonly Page[], run: () => T | Promise<T>): Promise<T[]> {
  return Promise.all(pages.map((page) => page.evaluate(run)))
}

/** Waits until all of them have come to this. */
export function untilEach(pages: readonly Page[], expected: Partial<SessionSnapshot>): Promise<void> {
  return eventually(async () => {
    expect(await Promise.all(pages.map(snapshotOf))).toEqual(pages.map(() => expect.objectContaining(expected)))
  })
}

/** What happened in any of them, of one type. */
export async function eventsOfType<Type extends SessionEvent['type']>(
  pages: readonly Page[],
  type: Type,
): Promise<Array<Extract<SessionEvent, { type: Type }>>> {
  const events = (await Promise.all(pages.map(eventsOf))).flat()
  return events.filter((event): event is Extract<SessionEvent, { type: Type }> => event.type === type)
}

/** The tab that acts first, once there is one, and the others. */
export async function leaderAmong(pages: readonly Page[]): Promise<{ leader: Page; others: Page[] }> {
  let leader: Page | undefined
  await eventually(async () => {
    const leads = await inEach(pages, () => app.tokens.getDiagnostics().isLeader)
    expect(leads.filter(Boolean)).toHaveLength(1)
    leader = pages[leads.indexOf(true)]
  })
  if (leader === undefined) throw new Error('There is no leader.')
  const first = leader
  return { leader: first, others: pages.filter((page) => page !== first) }
}

/** As the browser freezes a hidden tab: timers stop, locks stay held. Returns what thaws it. */
export async function freeze(page: Page): Promise<() => Promise<unknown>> {
  expect(await page.evaluate(() => document.visibilityState)).toBe('hidden')
  const session = await page.context().newCDPSession(page)
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  return () => session.send('Page.setWebLifecycleState', { state: 'active' })
}

/** Ends the tab's process. */
export async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  // Nobody is left to answer.
  session.send('Page.crash').catch(() => {})
  await crashed
}

/** The cookies of the origin, whatever path they are for. */
export async function cookieNames(profile: BrowserContext, { url }: Origin): Promise<string[]> {
  const { hostname } = new URL(url)
  return (await profile.cookies()).filter(({ domain }) => domain === hostname).map(({ name }) => name)
}
