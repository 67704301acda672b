import { describe, expect, it } from 'vitest'
import { frozenWaiter } from './frozen-waiter.ts'
import { codeOf, HOUR, isAnswered, openTabs, putAway, SECOND, STEADY, tokenOf, verdicts } from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld, type World } from './world/world.ts'

describe('many tabs in virtual time, hung and gone ones', () => {
  /** The second of these tabs fell asleep in the middle of its refresh, after the expiry. */
  async function withHungHolder(world: World): Promise<[Page, Page, Page, Page]> {
    const pages = (await openTabs(world, 4)) as [Page, Page, Page, Page]
    world.network.conditions.latencyMs = 2 * SECOND
    await world.sleep(HOUR)
    pages[1].manager.refreshAccessToken().catch(() => {})
    await world.run(500)
    expect(pages[1].manager.getSnapshot().refreshing).toBe(true)
    putAway(pages[1], 'frozen')
    return pages
  }

  it('scenario 5: a lock holder that never returns, until it does', async () => {
    const world = createWorld({ options: STEADY })
    const [a, holder, b, c] = await withHungHolder(world)
    const calls = [a, b, c].map((page) => world.request(page))
    await world.run(15 * SECOND + 5)
    expect(calls.map(({ error }) => codeOf(error))).toEqual(Array(3).fill('refresh_unavailable'))
    const more = [a, b, c].map((page) => world.request(page))
    holder.setLife('live', 'resume', 'visible')
    await world.run(3 * SECOND)
    expect(more.map(isAnswered)).toEqual([true, true, true])
    expect(verdicts(world)).toEqual(['rotated'])
  })

  it('scenario 5: a lock holder that never returns, and is gone', async () => {
    const world = createWorld({ options: STEADY })
    world.network.conditions.faults.push('reset-before')
    const [a, holder, b, c] = await withHungHolder(world)
    const calls = [a, b, c].map((page) => world.request(page))
    await world.run(15 * SECOND + 5)
    expect(calls.map(({ error }) => codeOf(error))).toEqual(Array(3).fill('refresh_unavailable'))
    const more = [a, b, c].map((page) => world.request(page))
    holder.end()
    await world.run(5 * SECOND)
    expect(more.map(isAnswered)).toEqual([true, true, true])
    expect(verdicts(world)).toEqual(['rotated'])
  })

  it('a page that is frozen while its call waits does not hold up the others', async () => {
    for (let seed = 1; seed <= 10; seed++) expect(await frozenWaiter(seed)).toBeUndefined()
  })

  it('a page that freezes before it has sent its refresh sends none, and the others go ahead', async () => {
    const world = createWorld({ options: STEADY })
    const [a, frozen, b, c] = (await openTabs(world, 4)) as [Page, Page, Page, Page]
    await world.sleep(HOUR)
    frozen.manager.refreshAccessToken().catch(() => {})
    await world.run(2)
    putAway(frozen, 'frozen')
    const calls = [a, b, c].map((page) => world.request(page))
    await world.run(SECOND)
    expect(world.refreshes.map(({ page }) => page.id)).not.toContain(frozen.id)
    expect(calls.map(isAnswered)).toEqual([true, true, true])
  })

  it('scenario 5: a lock holder that never returns, and an endpoint that replays', async () => {
    const world = createWorld({ mode: 'replay', options: STEADY })
    const [a, , b, c] = await withHungHolder(world)
    const calls = [a, b, c].map((page) => world.request(page))
    await world.run(15 * SECOND)
    expect(calls.map(isAnswered)).toEqual([true, true, true])
    expect(new Set(verdicts(world))).toEqual(new Set(['rotated', 'replayed']))
    expect(new Set(world.server.seen.refreshes.map(({ key }) => key)).size).toBe(1)
  })

  it('scenario 25: the refreshing tab crashes, 4 others, a server that commits only for a live client', async () => {
    const world = createWorld({ options: STEADY })
    Object.assign(world.network.conditions, { commitsOnlyForLiveClient: true, latencyMs: 2 * SECOND, jitterRatio: 0 })
    const [refreshing, ...others] = (await openTabs(world, 5)) as [Page, ...Page[]]
    await world.sleep(HOUR)
    refreshing.manager.refreshAccessToken().catch(() => {})
    await world.run(500)
    expect(refreshing.manager.getSnapshot().refreshing).toBe(true)
    const calls = others.map((page) => world.request(page))
    refreshing.end()
    await world.run(2.1 * SECOND)
    expect(others.map(tokenOf).map((token) => world.server.access(token).status)).toEqual(Array(4).fill(200))
    await world.run(2.1 * SECOND)
    expect(calls.map(isAnswered)).toEqual(Array(4).fill(true))
    expect(verdicts(world)).toEqual(['rotated'])
  })
})
