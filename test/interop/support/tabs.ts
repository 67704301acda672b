import { join } from 'node:path'
import type { SessionEvent, SessionSnapshot } from '@token-manager/sdk'
import type { BrowserContext, Page } from 'playwright-core'
import { test as base, expect, vi } from 'vitest'
import type { PollCounts } from '../../browser/page/poll.ts'
import { bundle } from '../../browser/support/bundle.ts'
import { startChromium } from '../../browser/support/chromium.ts'
import { eventually } from '../../browser/support/session.ts'
import { close, inEach } from '../../browser/tabs/support/tabs.ts'
import type { PageConfig } from '../page/backends.ts'
import { type Django, type DjangoOptions, startDjango } from './django.ts'
import { createSite, type InteropSite } from './site.ts'

export interface Visit {
  site: InteropSite
  profile: BrowserContext
  /** Opens tabs with the page, all at once. */
  open(count: number): Promise<Page[]>
}

/**
 * Tests with a Chromium as users have it per file. An error that nobody caught in a page fails the test.
 */
export const test = base
  .extend('script', { scope: 'file' }, () => bundle(join(import.meta.dirname, '../page/page.ts')))
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it that nothing is needed
  .extend('chromium', { scope: 'file' }, async ({}, { onCleanup }) => {
    const chromium = await startChromium()
    onCleanup(async () => chromium?.close())
    return chromium
  })
  .extend('visit', async ({ chromium, script, skip }, { onCleanup }) => {
    if (chromium === undefined) return skip('there is no Chromium')
    const { profile } = chromium
    const closing: Array<() => Promise<unknown>> = []
    const uncaught: Error[] = []
    onCleanup(async () => {
      for (const end of closing.reverse()) await end()
      if (uncaught.length > 0) throw new AggregateError(uncaught, 'Nobody caught what was thrown in a page.')
    })
    return async (config: PageConfig, backend?: string): Promise<Visit> => {
      const site = await createSite(script, backend)
      closing.push(site.close)
      const address = `${site.url}/?config=${encodeURIComponent(JSON.stringify(config))}`
      async function openOne(): Promise<Page> {
        const page = await profile.newPage()
        closing.push(() => close(page))
        page.on('pageerror', (error) => uncaught.push(error))
        await page.goto(address)
        return page
      }
      return { site, profile, open: (count) => Promise.all(Array.from({ length: count }, openOne)) }
    }
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend('sites', { scope: 'file' }, async ({}, { onCleanup }) => {
    const started = new Map<string, ReturnType<typeof startDjango>>()
    onCleanup(
      async () => void (await Promise.all([...started.values()].map(async (django) => (await django)?.close()))),
    )
    return started
  })
  .extend('django', ({ sites, skip, task }) => {
    // One for all tests that want the same: it takes seconds to start. A test that is tried again gets another.
    return async (options: DjangoOptions): Promise<Django> => {
      const key = JSON.stringify([options, task.result?.retryCount ?? 0])
      const starting = sites.get(key) ?? startDjango(options)
      sites.set(key, starting)
      return (await starting) ?? skip('there is no Django with SimpleJWT')
    }
  })

/** Waits until all of them have come to this. */
export function untilEach(pages: readonly Page[], expected: Partial<SessionSnapshot>): Promise<void> {
  return eventually(async () => {
    const snapshots = await inEach(pages, () => ward.tokens.getSnapshot())
    expect(snapshots).toEqual(pages.map(() => expect.objectContaining(expected)))
  })
}

/** What happened in any of them, of one type. */
export async function eventsOfType<Type extends SessionEvent['type']>(
  pages: readonly Page[],
  type: Type,
): Promise<Array<Extract<SessionEvent, { type: Type }>>> {
  const events = (await inEach(pages, () => [...ward.tokens.getEvents()])).flat()
  return events.filter((event): event is Extract<SessionEvent, { type: Type }> => event.type === type)
}

/** What the newest requests came to, and where each tab stands: for who has to find out why a test failed. */
async function stateOf({ exchanges }: Pick<InteropSite, 'exchanges'>, pages: readonly Page[]): Promise<string> {
  const newest = exchanges
    .slice(-15)
    .map(({ at, method, path, status, tookMs }) => `${at} ${method} ${path} ${status} after ${tookMs} ms`)
  const snapshots = await inEach(pages, () => {
    const events = ward.tokens.getEvents().filter(({ type }) => !type.startsWith('request-'))
    return { ...ward.tokens.getSnapshot(), events: events.slice(-5) }
  })
  return JSON.stringify({ newest, snapshots }, undefined, 1)
}

/** Lets all of them call the API until this has come, however long a busy machine takes. */
export async function pollUntil(
  { site, pages }: { site?: InteropSite; pages: readonly Page[] },
  hasCome: () => Promise<void>,
): Promise<PollCounts[]> {
  const polls = await Promise.all(pages.map((page) => page.evaluateHandle(() => ward.poll(250))))
  try {
    await vi.waitFor(hasCome, { interval: 200, timeout: 60_000 })
  } catch (cause) {
    throw new Error(`It has not come to this: ${await stateOf(site ?? { exchanges: [] }, pages)}`, { cause })
  }
  return Promise.all(polls.map((poll) => poll.evaluate((running) => running.stop())))
}

/** No call failed, and none waited for a refresh in vain. */
export function expectAllAnswered(polled: readonly PollCounts[]): void {
  for (const { sent, statuses, errors } of polled) {
    expect({ statuses, errors }).toEqual({ statuses: { 200: sent }, errors: [] })
    expect(sent).toBeGreaterThan(0)
  }
}

/** Signs out while no refresh is under way, whose late answer would have to be revoked as well. */
export async function signOutAfterRefresh(page: Page | undefined): Promise<void> {
  await page?.evaluate(async () => {
    const { tokens } = ward
    await new Promise<void>((resolve) => {
      tokens.onEvent(({ type }) => (type === 'refreshed' || type === 'adopted') && resolve())
    })
    await tokens.signOut()
  })
}
