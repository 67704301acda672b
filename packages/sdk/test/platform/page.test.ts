import { describe, expect, it, vi } from 'vitest'
import { createPage } from '../../src/platform/page.ts'
import { memoryStore } from '../../src/stores/memory.ts'

const create = () => createPage({ namespace: 'page', isolated: true, store: memoryStore(), fetch: undefined })

function reportErrorIs(reportError: unknown): void {
  vi.stubGlobal('reportError', reportError)
}

describe('how many pages there are, where the browser has no Web Locks', () => {
  const counted = async (isolated: boolean) => {
    vi.stubGlobal('navigator', {})
    const { lock } = createPage({ namespace: `page-${isolated}`, isolated, store: memoryStore(), fetch: undefined })
    let leave = () => {}
    const held = lock.request('presence', { mode: 'shared' }, () => new Promise<void>((resolve) => (leave = resolve)))
    const count = await lock.count('presence')
    leave()
    await held
    return count
  }

  it('scenario 45: is unknown', async () => {
    expect(await counted(false)).toBeUndefined()
  })

  it('is known to a page that keeps to itself', async () => {
    expect(await counted(true)).toBe(1)
  })
})

describe('what a listener throws', () => {
  it('is shown as what the page throws itself', () => {
    const shown = vi.fn()
    reportErrorIs(shown)
    const error = new Error('listener')
    create().reportError(error)
    expect(shown).toHaveBeenCalledExactlyOnceWith(error)
  })

  it('scenario 20: breaks nothing in a browser that has no reportError', () => {
    reportErrorIs(undefined)
    vi.useFakeTimers()
    expect(() => create().reportError(new Error('listener'))).not.toThrow()
  })
})

it('scenario 43: the network is the page’s fetch as it was at creation', async () => {
  const first = vi.fn<typeof fetch>()
  vi.stubGlobal('fetch', first)
  const page = create()
  vi.stubGlobal('fetch', () => Promise.reject(new Error('another')))
  await page.fetch('/api')
  expect(first).toHaveBeenCalledOnce()
})
