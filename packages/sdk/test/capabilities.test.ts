import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { TokenManagerOptions } from '../src/index.ts'
import type { Capability } from '../src/types.ts'
import { MINUTE, SECOND } from './support/sessions.ts'
import { LOGIN, openPage, type Page, pass, useVirtualTime } from './support/tokens.ts'

const CLAIMS = '../src/platform/claims.ts'

beforeEach(useVirtualTime)

function replace(target: object, name: string, descriptor: PropertyDescriptor): void {
  const former = Object.getOwnPropertyDescriptor(target, name)
  Object.defineProperty(target, name, { configurable: true, ...descriptor })
  onTestFinished(() => {
    if (former) Object.defineProperty(target, name, former)
    else Reflect.deleteProperty(target, name)
  })
}

const refuse = () => {
  throw new DOMException('The operation is insecure.', 'SecurityError')
}

const degraded = ({ events }: Page): Capability[] =>
  events.flatMap((event) => (event.type === 'capability-degraded' ? [event.capability] : []))

/** What is loaded meanwhile takes no virtual time. */
async function passLoading(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    await pass(SECOND)
    await vi.dynamicImportSettled()
  }
}

/** A session that goes on over a refresh and serves a request, whatever the browser refuses. */
async function live(options: Partial<TokenManagerOptions>): Promise<Page> {
  const page = openPage(options)
  await passLoading(10)
  await page.tokens.setSession(LOGIN)
  await pass(13 * MINUTE)
  await passLoading(10)
  expect(page.tokens.getSnapshot()).toMatchObject({ status: 'active', generation: 2 })
  expect((await page.tokens.fetch('/api')).ok).toBe(true)
  return page
}

describe('scenario 20: it works in this tab, and says what is missing', () => {
  it.each([
    ['localStorage', 'auto'],
    ['sessionStorage', 'off'],
  ] as const)('%s is blocked, tabs: %s', async (area, tabs) => {
    const page = openPage({ tabs })
    replace(globalThis, area, { get: refuse })
    await pass(10 * SECOND)
    await page.tokens.setSession(LOGIN)
    await pass(13 * MINUTE + 10 * SECOND)
    expect(page.tokens.getSnapshot()).toMatchObject({ status: 'active', generation: 2 })
    expect(degraded(page)).toEqual(['storage'])
  })

  it('storage is full', async () => {
    const page = openPage()
    const full = vi.spyOn(sessionStorage, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    onTestFinished(() => full.mockRestore())
    await page.tokens.setSession(LOGIN)
    await pass(13 * MINUTE + SECOND)
    await page.tokens.signOut()
    expect(degraded(page)).toEqual(['storage'])
    expect(page.tokens.getSnapshot().signedOutReason).toBe('user')
  })

  it('there are no Web Locks', async () => {
    replace(navigator, 'locks', { value: undefined })
    // A database knows no virtual time.
    vi.doMock(CLAIMS, () => ({ claim: async (_: string, number: number) => number }))
    onTestFinished(() => vi.doUnmock(CLAIMS))
    expect(degraded(await live({ tabs: 'auto' }))).toEqual(['locks'])
  })

  it('there are neither Web Locks nor IndexedDB: both are told', async () => {
    replace(navigator, 'locks', { value: undefined })
    expect(degraded(await live({ tabs: 'auto' }))).toEqual(['locks', 'locks'])
  })

  it('there are neither Web Locks nor a channel: a lone tab refreshes by itself', async () => {
    replace(navigator, 'locks', { value: undefined })
    replace(globalThis, 'BroadcastChannel', { value: undefined })
    expect(degraded(await live({ tabs: 'auto' }))).toEqual(['locks', 'channel', 'locks'])
  })

  it('Web Locks are refused', async () => {
    replace(navigator, 'locks', { value: { request: async () => refuse(), query: async () => refuse() } })
    expect(degraded(await live({ tabs: 'auto' }))).toEqual(['locks'])
  })

  it('the store fails', async () => {
    const store = { load: async () => refuse(), save: async () => refuse(), clear: async () => refuse() }
    expect(degraded(await live({ store }))).toEqual(['store'])
  })

  it('nothing is missing', async () => {
    expect(degraded(await live({ tabs: 'auto' }))).toEqual([])
  })
})
