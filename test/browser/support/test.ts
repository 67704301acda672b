import type { BrowserContext, Page } from 'playwright-core'
import { test as base } from 'vitest'
import type { ManagerConfig } from '../page/page.ts'
import { bundle } from './bundle.ts'
import { launchChromium } from './chromium.ts'
import { addressOf, createOrigin, type Origin, type OriginOptions } from './origin.ts'

export interface VisitOptions extends Omit<OriginOptions, 'script'> {
  /** The manager that the page makes when it is loaded. */
  manager?: ManagerConfig
  /** Is called before the page is loaded. */
  before?: (page: Page) => Promise<unknown>
  /** Errors that the page may leave uncaught. Default none. */
  mayThrow?: RegExp
}

export interface Visit {
  page: Page
  context: BrowserContext
  origin: Origin
}

/** `context.close()` may hang right after a navigation. */
const CLOSE_MS = 5_000

/**
 * Tests with a Chromium per file, and for each visit a page of its own on an origin of its own. An error that nobody
 * caught in the page fails the test.
 */
export const test = base
  .extend('script', { scope: 'file' }, () => bundle())
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it that nothing is needed
  .extend('chromium', { scope: 'file' }, async ({}, { onCleanup }) => {
    const chromium = await launchChromium()
    onCleanup(async () => chromium?.close())
    return chromium
  })
  .extend('visit', async ({ chromium, script, skip }, { onCleanup }) => {
    if (chromium === undefined) return skip('there is no Chromium')
    const closing: Array<() => Promise<unknown>> = []
    const uncaught: Error[] = []
    onCleanup(async () => {
      await Promise.all(closing.map((close) => close()))
      if (uncaught.length > 0) throw new AggregateError(uncaught, 'Nobody caught what was thrown in the page.')
    })

    return async ({ manager = {}, before, mayThrow, ...options }: VisitOptions = {}): Promise<Visit> => {
      const origin = await createOrigin({ ...options, script })
      const context = await chromium.newContext()
      closing.push(async () => {
        await Promise.race([context.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_MS))])
        await origin.close()
      })
      const page = await context.newPage()
      page.on('pageerror', (error) => {
        if (!mayThrow?.test(error.message)) uncaught.push(error)
      })
      await before?.(page)
      await page.goto(addressOf(origin, manager))
      return { page, context, origin }
    }
  })
