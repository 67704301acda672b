import { describe, expect, it } from 'vitest'
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
  status,
  tokenOf,
  verdicts,
} from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld, type World } from './world/world.ts'

const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => at - (times[i] ?? 0))

describe('many tabs in virtual time', () => {
  it.each([
    { tabs: 'whose timers are due', inCookie: false, asleepMs: 0 },
    { tabs: 'whose timers are due', inCookie: true, asleepMs: 0 },
    { tabs: 'that wake together after the expiry', inCookie: false, asleepMs: 20 * MINUTE },
    { tabs: 'that wake together after the expiry', inCookie: true, asleepMs: 20 * MINUTE },
  ])('scenario 1: 10 tabs $tabs, one-use tokens (cookie: $inCookie), 10 expiries', async ({ inCookie, asleepMs }) => {
    const world = createWorld({ inCookie, accessLifetimeMs: 15 * MINUTE, options: STEADY })
    const pages = await openTabs(world, 10)
    for (let expiry = 1; expiry <= 10; expiry++) {
      if (asleepMs > 0) await world.sleep(asleepMs)
      else await world.run(13 * MINUTE - 10 * SECOND)
      const calls = await keepAsking(world, pages, 20 * SECOND)
      await world.run(SECOND)
      expect(calls.filter(isAnswered)).toHaveLength(200)
      expect(verdicts(world)).toEqual(Array(expiry).fill('rotated'))
    }
    expect(world.server.seen.unauthorized).toBe(0)
    expect(eventsOf(pages, 'signed-out')).toEqual([])
  })

  it('scenario 9: 429 with Retry-After: 30 after the expiry, 10 tabs', async () => {
    const world = createWorld({ options: STEADY })
    const pages = await openTabs(world, 10)
    await world.run(12 * MINUTE + 30 * SECOND)
    world.network.conditions.faults.push(...Array(20).fill('429'))
    for (let second = 0; second < 600; second++) {
      for (const page of pages) world.request(page)
      if (second % 7 === 0) pages[second % 10]?.signal('focus')
      if (second % 11 === 0) pages[3]?.manager.refreshAccessToken().catch(() => {})
      await world.run(SECOND)
    }
    const times = world.refreshes.map(({ at }) => at)
    expect(times.length).toBeGreaterThan(15)
    expect(Math.min(...gaps(times))).toBeGreaterThanOrEqual(30 * SECOND)
    expect(new Set(pages.map(status))).toEqual(new Set(['degraded']))
    world.network.conditions.faults = []
    await world.run(MINUTE)
    expect(new Set(pages.map(status))).toEqual(new Set(['active']))
  })

  it.each([
    ['from before the expiry', 0],
    ['from after it', 20 * MINUTE],
  ])('scenario 10: the endpoint is down for 10 min, 10 tabs that keep asking, %s', async (_, asleepMs) => {
    const world = createWorld({ options: STEADY })
    const pages = await openTabs(world, 10)
    await world.run(12 * MINUTE + 57 * SECOND)
    world.network.conditions.down = true
    if (asleepMs > 0) await world.sleep(asleepMs)
    let failures = 0
    for (const { manager } of pages) manager.onEvent(({ type }) => type === 'refresh-failed' && failures++)
    await keepAsking(world, pages, 10 * MINUTE)
    const times = world.refreshes.map(({ at }) => at)
    expect(times.length).toBeGreaterThan(10)
    expect(times.length).toBeLessThanOrEqual(50)
    // Half of each pause is drawn by chance: no two are alike, even where they have stopped to grow.
    expect(new Set(gaps(times).map((ms) => Math.round(ms / 50))).size).toBeGreaterThan(times.length * 0.7)
    await world.run(SECOND)
    expect(failures).toBe(world.refreshes.length)
    world.network.conditions.down = false
    await world.run(MINUTE)
    expect(new Set(pages.map(status))).toEqual(new Set(['active']))
  })

  it.each([
    ['answers 503', (world: World) => Object.assign(world.network.conditions, { down: true })],
    ['can not be reached', (world: World) => Object.assign(world.machine, { isCut: true })],
  ])('scenario 10: the endpoint %s for 10 min, and its user does all that users do', async (_, breakDown) => {
    const world = createWorld({ options: STEADY })
    const pages = await openTabs(world, 10)
    await world.run(12 * MINUTE + 57 * SECOND)
    breakDown(world)
    for (let second = 0; second < 600; second++) {
      for (const page of pages) {
        world.request(page)
        page.signal(second % 2 ? 'focus' : 'visible')
        page.manager.refreshAccessToken().catch(() => {})
      }
      await world.run(SECOND)
    }
    expect(world.refreshes.length).toBeGreaterThan(10)
    expect(world.refreshes.length).toBeLessThanOrEqual(50)
    Object.assign(world.network.conditions, { down: false })
    Object.assign(world.machine, { isCut: false })
    await world.run(MINUTE)
    expect(new Set(pages.map(status))).toEqual(new Set(['active']))
  })

  it.each([
    ['hidden', 'hidden', 1 * SECOND],
    ['hidden, with one timer a minute', 'hidden', MINUTE],
    ['frozen', 'frozen', 1 * SECOND],
  ] as const)(
    'scenario 11: the leader is %s, and a visible tab never sends an expired token',
    async (_, life, everyMs) => {
      const world = createWorld({ options: STEADY })
      world.machine.hiddenTimersEveryMs = everyMs
      const [leader, visible] = (await openTabs(world, 2)) as [Page, Page]
      expect(leader.manager.getDiagnostics().isLeader).toBe(true)
      putAway(leader, life)
      const calls = await keepAsking(world, [visible], HOUR)
      await world.run(SECOND)
      expect(calls.filter(isAnswered)).toHaveLength(3600)
      expect(world.server.seen.unauthorized).toBe(0)
    },
  )

  it.each(['hidden', 'frozen'] as const)('scenario 13: an expired token at load, the leader is %s', async (life) => {
    const world = createWorld({ options: STEADY })
    const [leader] = (await openTabs(world, 2)) as [Page]
    putAway(leader, life)
    await world.sleep(HOUR)
    const opened = world.open()
    const call = world.watch(opened, opened.manager.getAccessToken())
    await world.run(2 * SECOND)
    expect(world.server.access(call.value as string).status).toBe(200)
  })

  it.each([
    ['nothing is known of a session', false],
    ['the ledger tells of one', true],
  ])('scenario 34: the browser restores 8 tabs that have only the refresh cookie; %s', async (_, hasLedger) => {
    const world = createWorld({ inCookie: true, options: STEADY })
    if (hasLedger) for (const page of await openTabs(world, 8)) page.end()
    else world.machine.cookie.value = world.server.login('amara').refreshToken
    await world.run(HOUR)
    const pages = Array.from({ length: 8 }, () => world.open())
    await world.run(5 * SECOND)
    expect(pages.map(status)).toEqual(Array(8).fill('active'))
    expect(verdicts(world)).toEqual(['rotated'])
    expect(new Set(pages.map(tokenOf)).size).toBe(1)
  })
})
