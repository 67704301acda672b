import { describe, expect, it } from 'vitest'
import { clearedLedger } from './cleared-ledger.ts'
import { fullStorage } from './full-storage.ts'
import { lateAnswer } from './repetitions.ts'
import { eventsOf, MINUTE, openTabs, SECOND, STEADY, status, verdicts } from './story.ts'
import type { Page } from './world/page.ts'
import { createSlowStore } from './world/slow-store.ts'
import { createDice } from './world/timeline.ts'
import { createWorld, type World, type WorldOptions } from './world/world.ts'

/** The page is left as soon as its refresh is on its way, and another one opens. */
async function leftInMidRefresh(options: Partial<WorldOptions>, begin: (world: World) => Promise<Page>) {
  const world = createWorld({ inCookie: true, options: STEADY, ...options })
  world.network.conditions.latencyMs = 400
  const page = await begin(world)
  const before = world.refreshes.length
  while (world.refreshes.length === before) await world.run(10)
  const next = world.reload(page)
  await world.run(3 * SECOND)
  return { world, next }
}

/** A page whose token is about to be refreshed. */
const refreshing = async (world: World) => {
  const [page] = (await openTabs(world, 1)) as [Page]
  page.manager.refreshAccessToken().catch(() => {})
  return page
}
/** A page that has just opened, and asks whether there is a session. */
const restoring = async (world: World) => {
  world.machine.cookie.value = world.server.login('amara').refreshToken
  return world.open()
}
const nobody = async (world: World) => world.open()

describe('scenario 50: a page is left in the middle of a refresh by cookie, which takes 0.4 s', () => {
  it.each([{ hasMarker: true }, { mode: 'replay' }] as const)(
    'after 3 s the next page is signed in, or knows that it is not: %j',
    async (options) => {
      for (const begin of [refreshing, restoring]) {
        const { world, next } = await leftInMidRefresh(options, begin)
        expect(status(next)).toBe('active')
        await world.run(20 * MINUTE)
        expect(verdicts(world).filter((verdict) => verdict === 'rejected')).toEqual([])
        expect(status(next)).toBe('active')
      }
      expect(status((await leftInMidRefresh(options, nobody)).next)).toBe('signed-out')
    },
  )

  it('the answer to a page that was left comes after that to the next: no cookie is spent twice', async () => {
    for (let seed = 1; seed <= 5; seed++) expect(await lateAnswer(seed)).toBeUndefined()
  })

  it('without both it knows so once the refresh is refreshTimeoutMs old, and no cookie is sent twice', async () => {
    for (const begin of [refreshing, restoring]) {
      const { world, next } = await leftInMidRefresh({}, begin)
      const sent = verdicts(world).length
      await world.run(50 * SECOND)
      expect(verdicts(world)).toHaveLength(sent)
      await world.run(10 * SECOND)
      expect(status(next)).toBe('active')
      expect(verdicts(world).filter((verdict) => verdict === 'rejected')).toEqual([])
    }
  })
})

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

  it('two sign in at once, and the store writes the later session first: it has that in the end', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const store = createSlowStore({ dice: createDice(seed), writeMs: 400, crashRatio: 0 })
      const world = createWorld({ seed, store: store.use, options: STEADY })
      const pages = [world.open(), world.open()] as [Page, Page]
      await world.run(3 * SECOND)
      await world.signIn(pages[0], 'amara')
      await world.run(50)
      await world.signIn(pages[1], 'amara')
      const [later] = eventsOf([pages[1]], 'signed-in')
      await world.run(400)
      pages[0].end()
      await world.run(2 * SECOND)
      expect(store.kept?.sid).toBe(later?.sid)
    }
  })

  it('scenario 36: a page back from the cache, when all that is left of a refresh is in a shared store: no token is spent twice', async () => {
    expect(await clearedLedger(1)).toBeUndefined()
  })
})
