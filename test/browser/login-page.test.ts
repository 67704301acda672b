import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { ManagerConfig } from './page/page.ts'
import { addressOf, createOrigin, type Origin } from './support/origin.ts'
import { eventsOf, eventually, settle } from './support/session.ts'
import { test as base } from './support/test.ts'

const test = base.extend('other', async ({ script }, { onCleanup }): Promise<Origin> => {
  const origin = await createOrigin({ script })
  onCleanup(() => origin.close())
  return origin
})

const withLogin = (url: string): ManagerConfig => ({ options: { login: { url } } })

/** The pages that a tab asks for. */
function arrivals(page: Page): URL[] {
  const urls: URL[] = []
  page.on('request', (request) => void (request.isNavigationRequest() && urls.push(new URL(request.url()))))
  return urls
}

describe.concurrent('scenario 51: signed-out pages', () => {
  for (const [how, login, landing] of [
    ['adds a slash', '/slashed', '/slashed/'],
    ['leads elsewhere and forgets `next`', '/moved', '/elsewhere'],
  ] as const) {
    test(`go once to a login server that ${how}`, async ({ visit, other }) => {
      const { page } = await visit()
      const urls = arrivals(page)
      // Wherever it comes to, the page is one that sends signed-out users to the login.
      const manager = JSON.stringify(withLogin(login))
      await page.addInitScript((config) => {
        if (!location.search.includes('manager='))
          history.replaceState(null, '', `${location.search || '?'}&manager=${config}`)
      }, encodeURIComponent(manager))
      await page.goto(addressOf(other, withLogin(login)))
      await eventually(async () => expect(urls.map(({ pathname }) => pathname)).toContain(landing))
      // On its way from page to page there is nobody to ask.
      await eventually(async () => {
        expect((await eventsOf(page)).map(({ type }) => type)).toContain('started')
        expect(new URL(page.url()).pathname).toBe(landing)
      })
      await page.waitForTimeout(500)
      expect(urls.filter(({ pathname }) => pathname === landing)).toHaveLength(1)
    })
  }

  test('leave a code exchange alone, and tell the login nothing of it', async ({ visit, other }) => {
    const { page } = await visit()
    const urls = arrivals(page)
    const manager = withLogin('/other')
    manager.options = { ...manager.options, maxWaitMs: 5_000 }
    await page.goto(`${addressOf(other, manager)}&code=SECRET-code&state=SECRET-state#access_token=SECRET-token`)
    await settle(page, other)
    expect(await page.evaluate(() => app.tokens.getSnapshot().status)).toBe('signed-out')
    expect(urls.map(({ pathname }) => pathname)).toEqual(['/'])
    await eventually(async () => expect(urls.at(-1)?.pathname).toBe('/other'))
    expect(decodeURIComponent(urls.at(-1)?.href ?? '')).not.toContain('SECRET')
  })
})
