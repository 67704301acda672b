import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPage } from '../../src/platform/page.ts'
import type { Candidacy } from '../../src/ports.ts'
import { memoryStore } from '../../src/stores/memory.ts'

const ELECTOR = '../../src/platform/elector.ts'

beforeEach(() => void vi.stubGlobal('navigator', {}))

afterEach(() => {
  vi.doUnmock(ELECTOR)
  vi.resetModules()
})

let names = 0

const open = () => createPage({ namespace: `page-${++names}`, isolated: false, store: memoryStore(), fetch: undefined })

function elect(onElected: () => void, onFailed = () => {}): Candidacy {
  const { tabs } = open()
  if (!tabs.elect) throw new Error('Nobody is elected here.')
  return tabs.elect(onElected, onFailed)
}

describe('the leader, where there are no Web Locks', () => {
  it('is elected by what is loaded then', async () => {
    const onElected = vi.fn()
    const candidacy = elect(onElected)
    expect(candidacy.isDead()).toBe(false)
    await vi.waitFor(() => expect(onElected).toHaveBeenCalledOnce(), 5_000)
    candidacy.resign()
  })

  it('is nobody who resigned while it was loaded', async () => {
    const stood = vi.fn<() => Candidacy>()
    vi.doMock(ELECTOR, () => ({ standForElection: stood }))
    elect(() => {}).resign()
    await vi.dynamicImportSettled()
    expect(stood).not.toHaveBeenCalled()
  })

  it('resigns and dies as the election does', async () => {
    const standing = { isDead: vi.fn(() => true), resign: vi.fn() }
    vi.doMock(ELECTOR, () => ({ standForElection: () => standing }))
    const candidacy = elect(() => {})
    await vi.dynamicImportSettled()
    expect(candidacy.isDead()).toBe(true)
    candidacy.resign()
    expect(standing.resign).toHaveBeenCalledOnce()
  })

  it('scenario 20: is not waited for if the election can not be loaded: each page is told so, and goes on alone', async () => {
    vi.doMock(ELECTOR, () => {
      throw new Error('The network is gone.')
    })
    const { tabs, onDegraded } = open()
    const [onElected, onFailed, told] = [vi.fn(), vi.fn(), vi.fn()]
    onDegraded((capability, detail) => told(capability, detail))
    const candidacy = tabs.elect?.(onElected, onFailed)
    await vi.waitFor(() => expect(onFailed).toHaveBeenCalledOnce())
    expect([candidacy?.isDead(), onElected.mock.calls]).toEqual([false, []])
    expect(told).toHaveBeenCalledWith('locks', expect.stringContaining('No leader'))
    candidacy?.resign()
  })

  it('is not elected where there is no channel: nobody would hear of it', () => {
    vi.stubGlobal('BroadcastChannel', undefined)
    expect(open().tabs.elect).toBeUndefined()
  })
})

describe('claims, where there are no Web Locks', () => {
  it('scenario 45: are those of what is loaded then', async () => {
    vi.doMock('../../src/platform/claims.ts', () => ({ claim: async () => 7 }))
    expect(await open().claims?.claim('a:1', 1, 1_000)).toBe(7)
    vi.doUnmock('../../src/platform/claims.ts')
  })

  it('scenario 20: are given to everybody where IndexedDB is refused, which is told once', async () => {
    vi.stubGlobal('indexedDB', undefined)
    const { claims, onDegraded } = open()
    const told = vi.fn()
    onDegraded((capability, detail) => told(capability, detail))
    expect([await claims?.claim('a:1', 1, 1_000), await claims?.claim('a:1', 1, 1_000)]).toEqual([1, 1])
    expect(told.mock.calls.filter(([, detail]) => /IndexedDB/.test(detail))).toEqual([['locks', expect.any(String)]])
  })
})
