import type { Page } from 'playwright-core'
import type { ManagerConfig } from '../browser/page/page.ts'
import { bundle } from '../browser/support/bundle.ts'
import { type RealChromium, startChromium } from '../browser/support/chromium.ts'
import { addressOf, createOrigin, type Origin, type OriginOptions } from '../browser/support/origin.ts'

export interface Scene {
  page: Page
  origin: Origin
}

export interface SceneOptions extends Omit<OriginOptions, 'script' | 'isolated'> {
  manager?: ManagerConfig
  /** Is called before the page is loaded. */
  prepare?: (page: Page) => Promise<unknown>
}

/** A Chromium as users have it, in which one page after another is measured. */
export interface Stage {
  /** Name and version of the browser. */
  version: string
  /** Opens a page on an origin of its own, and closes it when `act` is done. */
  play<T>(options: SceneOptions, act: (scene: Scene) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** @throws Error if there is no Chromium */
export async function createStage(): Promise<Stage> {
  const script = await bundle()
  const chromium: RealChromium | undefined = await startChromium()
  if (chromium === undefined) throw new Error('There is no Chromium here: set CHROMIUM_PATH.')

  return {
    version: `Chromium ${chromium.browser.version()}`,
    async play({ manager, prepare, ...options }, act) {
      const origin = await createOrigin({ ...options, script, isolated: true })
      const page = await chromium.profile.newPage()
      try {
        await prepare?.(page)
        await page.goto(addressOf(origin, manager))
        await page.evaluate(() => app.tokens.start())
        return await act({ page, origin })
      } finally {
        await page.close()
        await origin.close()
      }
    },
    close: chromium.close,
  }
}
