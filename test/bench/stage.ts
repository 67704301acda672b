import type { ManagerConfig } from '../browser/page/page.ts'
import { bundle } from '../browser/support/bundle.ts'
import { spawnChromium } from '../browser/support/chromium.ts'
import { addressOf, createOrigin, type Origin, type OriginOptions } from '../browser/support/origin.ts'
import { connect, openPage, type Place, type QuietPage } from './quiet-page.ts'

export interface Scene {
  page: QuietPage
  origin: Origin
  /** Opens another page like it, in the same profile. */
  open(place: Place): Promise<QuietPage>
}

export interface SceneOptions extends Omit<OriginOptions, 'script' | 'isolated'> {
  manager?: ManagerConfig
  /** Is called in the page before its scripts are; uses nothing but what the page has. */
  prepare?: () => void
  /** Where the page is opened. Default `front`. */
  place?: Place
}

/** A Chromium as users have it, in which one page after another is measured. */
export interface Stage {
  /** Name and version of the browser. */
  version: string
  /** Opens a page on an origin of its own, and closes it, and what it opened, when `act` is done. */
  play<T>(options: SceneOptions, act: (scene: Scene) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** @throws Error if there is no Chromium */
export async function createStage(): Promise<Stage> {
  const script = await bundle()
  const chromium = await spawnChromium()
  if (chromium === undefined) throw new Error('There is no Chromium here: set CHROMIUM_PATH.')
  const devtools = await connect(chromium.address)
  const { product } = await devtools.send('Browser.getVersion')

  return {
    version: `${product}`,
    async play({ manager, prepare, place = 'front', ...options }, act) {
      const origin = await createOrigin({ ...options, script, isolated: true })
      const pages: QuietPage[] = []
      const url = addressOf(origin, manager)
      async function open(at: Place): Promise<QuietPage> {
        const page = await openPage(devtools, { url, prepare, place: at })
        pages.push(page)
        await page.evaluate(async () => void (await app.tokens.start()))
        return page
      }
      try {
        return await act({ page: await open(place), origin, open })
      } finally {
        // What `act` has closed, or crashed, is gone.
        await Promise.all(pages.map((page) => page.close().catch(() => {})))
        await origin.close()
      }
    },
    async close() {
      devtools.close()
      await chromium.close()
    },
  }
}
