import { describe, expect, it } from 'vitest'
import { codeOf, eventsOf, MINUTE, openTabs, SECOND, STEADY, signedIn, status, verdicts } from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld, type World } from './world/world.ts'

/** How many of `times` fall into the fullest minute after `from`. */
const mostInAMinute = (times: readonly number[], from: number) =>
  Math.max(0, ...times.filter((at) => at >= from).map((at) => times.filter((t) => t >= at && t < at + MINUTE).length))

/** Its user does all that a user can do, and its app asks each second. */
async function insist(world: World, pages: readonly Page[], ms: number) {
  const calls = []
  for (const until = world.timeline.now + ms; world.timeline.now < until; ) {
    for (const page of pages) {
      calls.push(world.watch(page, page.manager.getAccessToken()))
      page.signal('focus')
    }
    calls.push(...pages.slice(0, 1).map((page) => world.watch(page, page.manager.refreshAccessToken())))
    await world.run(SECOND)
  }
  return calls
}

describe('scenario 48: an endpoint whose tokens expire as soon as they come', () => {
  it.each([
    { tabs: 1, lifetimeMs: 900, inCookie: false },
    { tabs: 10, lifetimeMs: 900, inCookie: false },
    { tabs: 10, lifetimeMs: 900, inCookie: true },
    { tabs: 10, lifetimeMs: 0, inCookie: false },
  ])(
    '$tabs tabs that keep asking, a lifetime of $lifetimeMs ms (cookie: $inCookie)',
    async ({ tabs, lifetimeMs, inCookie }) => {
      const world = createWorld({ inCookie, options: STEADY })
      const pages = await openTabs(world, tabs)
      world.server.options.accessLifetimeMs = lifetimeMs
      let throttled = 0
      for (const { manager } of pages) manager.onEvent(({ type }) => type === 'refresh-throttled' && throttled++)
      await world.run(12 * MINUTE + 50 * SECOND)
      const from = world.timeline.now
      const calls = await insist(world, pages, 10 * MINUTE)
      const times = world.refreshes.map(({ at }) => at - from)
      expect(times.filter((at) => at < MINUTE + 5 * SECOND).length).toBeLessThanOrEqual(10)
      expect(mostInAMinute(times, MINUTE + 5 * SECOND)).toBe(1)
      expect(times.length).toBeGreaterThan(12)
      expect(throttled).toBe(1)
      const failed = calls.filter(({ error }) => error !== undefined)
      expect(failed.length).toBeGreaterThan(100)
      expect(new Set(failed.map(({ error }) => codeOf(error)))).toEqual(new Set(['refresh_unavailable']))
      expect(new Set(pages.map(status))).toEqual(new Set(['degraded']))
      expect(new Set(verdicts(world))).toEqual(new Set(['rotated']))

      world.server.options.accessLifetimeMs = 15 * MINUTE
      await world.run(2 * MINUTE)
      expect(new Set(pages.map(status))).toEqual(new Set(['active']))
    },
  )

  it('tokens of three seconds are no such tokens', async () => {
    const world = createWorld({ accessLifetimeMs: 3 * SECOND, options: STEADY })
    const page = await signedIn(world)
    await world.run(MINUTE)
    expect(eventsOf([page], 'refresh-throttled')).toEqual([])
    expect(verdicts(world).length).toBeGreaterThan(25)
  })
})
