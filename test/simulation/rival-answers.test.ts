import { describe, expect, it } from 'vitest'
import { eventsOf, HOUR, MINUTE, openTabs, SECOND, STEADY, status, tokenOf, verdicts } from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld } from './world/world.ts'

describe('many tabs in virtual time, sign-outs and rival answers', () => {
  it('scenario 36: sign-out in one tab while another refreshes, then a restart', async () => {
    const world = createWorld({ inCookie: true, options: STEADY })
    const [one, other, ...rest] = (await openTabs(world, 4)) as [Page, Page, ...Page[]]
    world.network.conditions.latencyMs = 2 * SECOND
    other.manager.refreshAccessToken().catch(() => {})
    await world.run(500)
    void one.manager.signOut()
    await world.run(MINUTE)
    expect([one, other, ...rest].map(status)).toEqual(Array(4).fill('signed-out'))
    expect(world.machine.cookie.value).toBeUndefined()
    expect(world.server.isAlive(1)).toBe(false)
    for (const page of world.pages) page.end()
    const opened = world.open()
    await world.run(MINUTE)
    expect(status(opened)).toBe('signed-out')
  })

  it('scenario 36: sign-out while offline, then a restart', async () => {
    const world = createWorld({ inCookie: true, options: STEADY })
    const pages = await openTabs(world, 4)
    world.setOnline(false)
    void pages[0]?.manager.signOut()
    await world.run(SECOND)
    for (const page of pages) page.end()
    const opened = [world.open(), world.open(), world.open()]
    await world.run(MINUTE)
    expect(world.server.isAlive(1)).toBe(true)
    world.setOnline(true)
    await world.run(MINUTE)
    expect(opened.map(status)).toEqual(Array(3).fill('signed-out'))
    expect(world.server.isAlive(1)).toBe(false)
    expect(world.machine.cookie.value).toBeUndefined()
    expect(verdicts(world)).toEqual([])
  })

  it('scenario 40: a server with grace hands two tabs two different successors', async () => {
    const world = createWorld({ mode: 'grace', options: STEADY })
    const [one, two, ...rest] = (await openTabs(world, 4)) as [Page, Page, ...Page[]]
    world.network.conditions.latencyMs = 4 * SECOND
    one.manager.refreshAccessToken().catch(() => {})
    await world.run(SECOND)
    // As where no lock reaches across pages.
    world.machine.locks.drop(one.id)
    await world.run(100)
    two.manager.refreshAccessToken().catch(() => {})
    await world.run(20 * SECOND)
    expect(verdicts(world)).toEqual(['rotated', 'graced'])
    expect(new Set([one, two, ...rest].map(tokenOf)).size).toBe(1)
    await world.run(HOUR)
    expect([one, two, ...rest].map(status)).toEqual(Array(4).fill('active'))
  })

  it('scenario 41: a refresh at generation n is rejected while another tab is at n + 1', async () => {
    const world = createWorld({ mode: 'lenient', options: STEADY })
    const [late, quick, ...rest] = (await openTabs(world, 4)) as [Page, Page, ...Page[]]
    world.network.conditions.latencyMs = 4 * SECOND
    late.manager.refreshAccessToken().catch(() => {})
    await world.run(SECOND)
    world.machine.locks.drop(late.id)
    world.network.conditions.latencyMs = 40
    await world.run(100)
    quick.manager.refreshAccessToken().catch(() => {})
    await world.run(20 * SECOND)
    expect(verdicts(world)).toEqual(['rotated', 'rejected'])
    expect([late, quick, ...rest].map((page) => page.manager.getSnapshot().generation)).toEqual(Array(4).fill(2))
    expect(eventsOf([late, quick, ...rest], 'signed-out')).toEqual([])
  })

  it('scenario 42: a tab is opened while the others are busy for a second', async () => {
    const world = createWorld({ options: { ...STEADY, login: { url: '/login' } } })
    for (const page of await openTabs(world, 3)) page.hang(SECOND)
    const opened = world.open()
    await world.run(5 * SECOND)
    expect(status(opened)).toBe('active')
    expect(eventsOf([opened], 'signed-out')).toEqual([])
    expect(opened.visits).toEqual([])
  })
})
