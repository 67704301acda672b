import { describe, expect, it } from 'vitest'
import {
  codeOf,
  HOUR,
  isAnswered,
  keepAsking,
  MINUTE,
  openTabs,
  SECOND,
  STEADY,
  signedIn,
  status,
  tokenOf,
  verdicts,
} from './story.ts'
import { createWorld } from './world/world.ts'

describe('scenario 14: the clock is set forward by an hour', () => {
  it('while calls wait for a refresh: they get its token, and the page one refresh', async () => {
    const world = createWorld({ options: STEADY })
    const page = await signedIn(world)
    await world.sleep(HOUR)
    world.network.conditions.latencyMs = 3 * SECOND
    const calls = Array.from({ length: 5 }, () => world.request(page))
    await world.run(1_400)
    world.machine.setClock(HOUR)
    page.signal('focus')
    await world.run(5 * SECOND)
    expect(calls.filter(isAnswered)).toHaveLength(5)
    expect(world.server.access(tokenOf(page)).status).toBe(200)
    await world.run(12 * MINUTE)
    expect(verdicts(world)).toEqual(['rotated'])
    expect(world.server.seen.unauthorized).toBe(0)
  })

  it('while a call waits in vain: it is given up after maxWaitMs of waiting, and the error says so', async () => {
    const world = createWorld({ options: STEADY })
    const page = await signedIn(world)
    await world.sleep(HOUR)
    world.network.conditions.latencyMs = 40 * SECOND
    const call = world.watch(page, page.manager.getAccessToken())
    await world.run(1_400)
    world.machine.setClock(HOUR)
    page.signal('focus')
    await world.run(13 * SECOND)
    expect(call.settledAt).toBeUndefined()
    await world.run(SECOND)
    expect(codeOf(call.error)).toBe('refresh_unavailable')
    expect((call.error as Error).message).toContain('within 15000 ms')
    await world.run(MINUTE)
    expect(status(page)).toBe('active')
  })
})

describe('scenario 28: 12 h, six tabs, and tokens whose iat is that of the sign-in', () => {
  it.each([true, false])(
    'no page sends one that has expired, in whichever tab it is (cookie: %s)',
    async (inCookie) => {
      const world = createWorld({ inCookie, isDated: true, options: STEADY })
      let pages = await openTabs(world, 6)
      for (let hour = 0; hour < 12; hour++) {
        const [first, ...others] = pages
        if (first) pages = [...others, world.reload(first)]
        if (hour % 4 === 1) world.machine.setClock(20 * MINUTE)
        if (hour % 4 === 2) world.machine.setClock(-HOUR)
        const calls = await keepAsking(world, pages, HOUR / 4)
        await world.run(SECOND)
        expect(calls.every(isAnswered)).toBe(true)
        await world.run(0.75 * HOUR)
      }
      expect(world.server.seen.unauthorized).toBe(0)
      expect(verdicts(world).length).toBeGreaterThan(50)
      expect(verdicts(world).length).toBeLessThanOrEqual(60)
    },
  )
})
