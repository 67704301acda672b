import { describe, expect, it } from 'vitest'
import { clearedLedger } from './cleared-ledger.ts'
import { fullStorage } from './full-storage.ts'
import { MINUTE, openTabs, SECOND, STEADY, status, verdicts } from './story.ts'
import { createSlowStore } from './world/slow-store.ts'
import { createDice } from './world/timeline.ts'
import { createWorld } from './world/world.ts'

describe('what has to outlive the page', () => {
  it('scenario 54: a sign-out while the storage is full is written as soon as there is room', async () => {
    expect(await fullStorage(1)).toBeUndefined()
  })

  it.each([2, 5])(
    'scenario 54: the refreshing tab of %i dies as it stores: the session survives a restart',
    async (tabs) => {
      for (let seed = 1; seed <= 20; seed++) {
        const store = createSlowStore({ dice: createDice(seed), writeMs: 20, crashRatio: 0 })
        const world = createWorld({ seed, store: store.use, options: STEADY })
        const pages = await openTabs(world, tabs)
        let lost = 0
        store.onLost = ({ generation }) => {
          lost = generation
        }
        for (const page of pages) {
          page.manager.onEvent(({ type }) => type === 'refreshed' && world.timeline.after(0, () => page.end()))
        }
        await world.run(14 * MINUTE)
        expect(lost).toBe(2)
        await world.run(2 * SECOND)
        expect(pages.filter(({ life }) => life === 'live')).toHaveLength(tabs - 1)
        for (const page of pages) page.end()
        const next = world.open()
        await world.run(15 * MINUTE)
        expect(status(next)).toBe('active')
        expect(verdicts(world)).toEqual(['rotated', 'rotated'])
      }
    },
  )

  it('scenario 36: a page back from the cache, when all that is left of a refresh is in a shared store: no token is spent twice', async () => {
    expect(await clearedLedger(1)).toBeUndefined()
  })
})
