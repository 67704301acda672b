import { type BrowserContext, launch, type Page } from 'puppeteer-core'
import { findFirefox } from '../../tools/firefox.ts'
import type { Engine, Profile, Tab } from './engine.ts'

/** Firefox's number for a user who blocks all cookies and site data. */
const BLOCK_ALL = 2

/** A headless Firefox, driven over WebDriver BiDi. */
export async function startFirefox(): Promise<Engine | undefined> {
  const executablePath = await findFirefox()
  if (executablePath === undefined) return undefined
  const start = (extraPrefsFirefox: Record<string, number> = {}) =>
    launch({ browser: 'firefox', executablePath, headless: true, extraPrefsFirefox })
  const browser = await start()
  return {
    async newProfile({ storageBlocked = false } = {}) {
      if (!storageBlocked) return profileOf(await browser.createBrowserContext())
      // A preference holds for the whole browser.
      const blocking = await start({ 'network.cookie.cookieBehavior': BLOCK_ALL })
      return { ...profileOf(blocking.defaultBrowserContext()), close: () => blocking.close() }
    },
    close: () => browser.close(),
  }
}

function profileOf(context: BrowserContext): Profile {
  return {
    async open(url) {
      const page = await context.newPage()
      await page.goto(url)
      return tabOf(page)
    },
    close: () => context.close(),
  }
}

function tabOf(page: Page): Tab {
  return {
    async evaluate<Result>(work: unknown, argument?: unknown) {
      const value: unknown = await page.evaluate(`(${work})(${JSON.stringify(argument)})`)
      return value as Awaited<Result>
    },
    goto: async (url) => void (await page.goto(url)),
    reload: async () => void (await page.reload()),
    show: () => page.bringToFront(),
    close: () => page.close(),
  }
}
