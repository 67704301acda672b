import { describe, expect, it } from 'vitest'
import { hungRepetition } from './repetitions.ts'
import {
  eventsOf,
  HOUR,
  isAnswered,
  keepAsking,
  MINUTE,
  openTabs,
  putAway,
  SECOND,
  STEADY,
  signedIn,
  status,
  verdicts,
} from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld, type World, type WorldOptions } from './world/world.ts'

const unlocked = (options: WorldOptions = {}) => createWorld({ hasLocks: false, options: STEADY, ...options })

function leaderOf(pages: readonly Page[]): Page {
  const leader = pages.find(({ manager }) => manager.getDiagnostics().isLeader)
  if (!leader) throw new Error('There is no leader.')
  return leader
}

/** Nothing was spent twice, and nobody was signed out. */
function expectUnhurt(world: World, pages: readonly Page[]): void {
  expect([...new Set(verdicts(world))]).toEqual(['rotated'])
  expect(eventsOf(pages, 'signed-out')).toEqual([])
  expect(world.server.seen.unauthorized).toBe(0)
}

describe('many tabs in virtual time, without Web Locks', () => {
  it('scenario 1: 10 tabs, one-use tokens, 10 expiries', async () => {
    const world = unlocked({ accessLifetimeMs: 15 * MINUTE })
    const pages = await openTabs(world, 10)
    for (let expiry = 1; expiry <= 10; expiry++) {
      await world.sleep(20 * MINUTE)
      const calls = await keepAsking(world, pages, 20 * SECOND)
      expect(calls.filter(isAnswered)).toHaveLength(200)
    }
    expect(verdicts(world)).toHaveLength(10)
    expectUnhurt(world, pages)
  })

  it.each([
    { what: 'nothing', beforeMs: 0, latencyMs: 40 },
    { what: 'a refresh', beforeMs: 500, latencyMs: 2 * SECOND },
    { what: 'a claim', beforeMs: 113, latencyMs: 40 },
  ])(
    'scenario 45: 5 tabs, strict, the leader hangs for 20 s in the middle of $what',
    async ({ beforeMs, latencyMs }) => {
      for (let seed = 1; seed <= 20; seed++) {
        const world = unlocked({ seed, accessLifetimeMs: 2 * MINUTE })
        const pages = await openTabs(world, 5)
        world.network.conditions.latencyMs = latencyMs
        await world.run(SECOND)
        const leader = leaderOf(pages)
        await world.sleep(HOUR)
        if (beforeMs > 0) leader.manager.refreshAccessToken().catch(() => {})
        await world.run(beforeMs)
        leader.hang(20 * SECOND)
        const others = pages.filter((page) => page !== leader)
        await keepAsking(world, others, 40 * SECOND)
        const calls = await keepAsking(world, pages, SECOND)
        await world.run(10 * SECOND)
        expect(calls.every(isAnswered)).toBe(true)
        expectUnhurt(world, pages)
      }
    },
  )

  it('a leader that hung hears its answer late, while another tab repeats the request: no cookie is spent twice', async () => {
    for (let seed = 1; seed <= 10; seed++) expect(await hungRepetition(seed)).toBeUndefined()
  })

  it('scenario 11: a leader that is frozen holds up nobody', async () => {
    const world = unlocked()
    const pages = await openTabs(world, 4)
    await world.run(SECOND)
    const leader = leaderOf(pages)
    const others = pages.filter((page) => page !== leader)
    putAway(leader, 'frozen')
    await world.run(14 * MINUTE)
    const calls = await keepAsking(world, others, 2 * MINUTE)
    expect(calls.every(isAnswered)).toBe(true)
    expect(verdicts(world)).toEqual(['rotated'])
  })

  it('scenario 42: a tab that is opened while the others are busy for a second is signed in', async () => {
    const world = unlocked()
    const pages = await openTabs(world, 3)
    for (const page of pages) page.hang(SECOND)
    const opened = world.open()
    await world.run(2 * SECOND)
    expect(status(opened)).toBe('active')
    expect(eventsOf([opened], 'signed-out')).toEqual([])
  })

  it('a lone tab hardly waits for others that may be there, unless only they could have its tokens', async () => {
    const [visit, cookie, memory] = [unlocked(), unlocked({ inCookie: true }), unlocked()]
    const opened = [visit.open(), cookie.reload(await signedIn(cookie)), memory.reload(await signedIn(memory))]
    for (const world of [visit, cookie, memory]) await world.run(SECOND)
    expect(opened.map(status)).toEqual(['signed-out', 'active', 'starting'])
    await memory.run(2 * SECOND)
    expect(opened.map(status)).toEqual(['signed-out', 'active', 'signed-out'])
  })

  it('scenario 34: the browser restores 8 tabs, all they have is the refresh cookie', async () => {
    const world = unlocked({ inCookie: true })
    const first = await signedIn(world)
    first.end()
    const pages = Array.from({ length: 8 }, () => world.open())
    await world.run(5 * SECOND)
    expect(pages.map(status)).toEqual(Array(8).fill('active'))
    expect(verdicts(world)).toEqual(['rotated'])
  })
})
