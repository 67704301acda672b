import { describe, expect, it } from 'vitest'
import { HOUR, isAnswered, MINUTE, openTabs, SECOND, STEADY, status } from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld, type World } from './world/world.ts'

const REFUSING = '/api/orders'

async function openTen(seed: number) {
  const world = createWorld({ seed, accessLifetimeMs: HOUR, options: STEADY })
  world.network.conditions.refusing = `https://clinic.example${REFUSING}`
  return { world, pages: await openTabs(world, 10) }
}

/** Each page polls the API that refuses, every 14 s and not all at once, and another one besides. */
async function poll(world: World, pages: readonly Page[], ms: number) {
  const refused = []
  const answered = []
  for (const until = world.timeline.now + ms; world.timeline.now < until; ) {
    for (const page of pages) {
      refused.push(world.request(page, '', REFUSING))
      answered.push(world.request(page))
      await world.run((14 * SECOND) / pages.length)
    }
  }
  await world.run(SECOND)
  return { refused, answered }
}

describe('scenario 49: ten tabs poll an API that always answers 401', () => {
  it('they spend one refresh in 5 minutes on it, all together', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { world, pages } = await openTen(seed)
      const { refused, answered } = await poll(world, pages, 15 * MINUTE)
      // None of them is a regular one: those come once an hour.
      expect(world.refreshes.length).toBeLessThanOrEqual(3)
      expect(world.refreshes.length).toBeGreaterThan(0)
      expect(refused.map(({ value }) => (value as Response).status)).toEqual(Array(refused.length).fill(401))
      expect(answered.filter(isAnswered)).toHaveLength(answered.length)
      expect(new Set(pages.map(status))).toEqual(new Set(['active']))
    }
  })

  it('a tab that is opened meanwhile holds off, too', async () => {
    const { world, pages } = await openTen(1)
    await poll(world, pages, MINUTE)
    const target = world.refreshes.length
    const opened = world.open()
    await world.run(SECOND)
    expect(status(opened)).toBe('active')
    await poll(world, [opened], MINUTE)
    expect(world.refreshes.length).toBe(target)
  })

  it('an address that has accepted the token since is refreshed for at once, in whichever tab', async () => {
    const { world, pages } = await openTen(1)
    await poll(world, pages, MINUTE)
    const target = world.refreshes.length
    world.server.forgetAccessTokens()
    const calls = pages.map((page) => world.request(page))
    await world.run(SECOND)
    expect(calls.filter(isAnswered)).toHaveLength(10)
    expect(world.refreshes.length).toBe(target + 1)
  })

  it('a new sign-in ends it', async () => {
    const { world, pages } = await openTen(1)
    await poll(world, pages, MINUTE)
    const target = world.refreshes.length
    await world.signIn(pages[0] as Page, 'amara')
    await world.run(SECOND)
    world.request(pages[1] as Page, '', REFUSING)
    await world.run(SECOND)
    expect(world.refreshes.length).toBe(target + 1)
  })
})
