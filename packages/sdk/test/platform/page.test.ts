import { describe, expect, it, vi } from 'vitest'
import { createPage } from '../../src/platform/page.ts'
import { memoryStore } from '../../src/stores/memory.ts'

const create = () => createPage({ namespace: 'page', alone: true, store: memoryStore(), fetch: undefined })

function reportErrorIs(reportError: unknown): void {
  vi.stubGlobal('reportError', reportError)
}

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
