import { describe, expect, it } from 'vitest'
import { codeOf, HOUR, MINUTE, SECOND, STEADY, signedIn, status, verdicts } from './story.ts'
import { createWorld } from './world/world.ts'

describe('one tab in virtual time, sign-outs and crowds', () => {
  it.each([true, false])('scenario 18: sign-out while a refresh is in flight (cookie: %s)', async (inCookie) => {
    const world = createWorld({ inCookie, options: STEADY })
    const page = await signedIn(world)
    world.network.conditions.latencyMs = 2 * SECOND
    await world.run(13 * MINUTE + 500)
    expect(page.manager.getSnapshot().refreshing).toBe(true)
    void page.manager.signOut()
    expect(page.manager.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
    await world.run(MINUTE)
    expect(status(page)).toBe('signed-out')
    expect(world.server.isAlive(1)).toBe(false)
    expect(world.machine.cookie.value).toBeUndefined()
  })

  it('scenario 18: sign-out while offline is made up for', async () => {
    const world = createWorld({ inCookie: true, options: STEADY })
    const page = await signedIn(world)
    world.setOnline(false)
    void page.manager.signOut()
    expect(status(page)).toBe('signed-out')
    await world.run(MINUTE)
    world.setOnline(true)
    await world.run(MINUTE)
    expect(world.server.isAlive(1)).toBe(false)
    expect(world.reload(page).manager.getSnapshot().status).toBe('starting')
    await world.run(MINUTE)
    expect(status(world.pages[1] ?? page)).toBe('signed-out')
  })

  it('scenario 26: a captive portal answers 200 with HTML', async () => {
    const world = createWorld({ options: STEADY })
    const page = await signedIn(world)
    world.network.conditions.faults.push('html', 'html', 'html')
    await world.run(13 * MINUTE + 100)
    expect(page.manager.getSnapshot()).toMatchObject({ status: 'degraded', lastError: 'refresh_unavailable' })
    await world.run(10 * SECOND)
    expect(page.manager.getSnapshot()).toMatchObject({ status: 'active', generation: 2 })
  })

  it('scenario 31: slow 3G and 15 s tokens', async () => {
    const world = createWorld({ accessLifetimeMs: 15 * SECOND })
    world.network.conditions.latencyMs = 2 * SECOND
    const page = await signedIn(world)
    const calls = []
    for (let i = 0; i < 300; i++) {
      calls.push(world.request(page))
      await world.run(SECOND)
    }
    await world.run(20 * SECOND)
    expect(calls.filter(({ value }) => (value as Response | undefined)?.status === 200)).toHaveLength(300)
  })

  it('scenario 32: 200 requests at once with an expired token, and more than 1,000 waiting', async () => {
    const world = createWorld({ options: STEADY })
    const page = await signedIn(world)
    await world.sleep(HOUR)
    const calls = Array.from({ length: 200 }, () => world.request(page))
    const more = Array.from({ length: 801 }, () => world.watch(page, page.manager.getAccessToken()))
    await world.run(0)
    expect(more.filter(({ error }) => codeOf(error) === 'queue_full')).toHaveLength(1)
    await world.run(SECOND)
    expect(verdicts(world)).toEqual(['rotated'])
    expect(calls.filter(({ value }) => (value as Response | undefined)?.status === 200)).toHaveLength(200)
  })

  it.each(['strict', 'replay'] as const)('scenario 33: reload in the middle of a refresh, %s', async (mode) => {
    const world = createWorld({ inCookie: true, mode, options: STEADY })
    const page = await signedIn(world)
    world.network.conditions.latencyMs = 2 * SECOND
    await world.run(13 * MINUTE + 500)
    expect(page.manager.getSnapshot().refreshing).toBe(true)
    const next = world.reload(page)
    await world.run(2 * MINUTE)
    expect(status(next)).toBe('active')
    expect(world.server.seen.reuses).toBe(0)
    expect(verdicts(world)).toEqual(mode === 'strict' ? ['rotated', 'rotated'] : ['rotated', 'replayed'])
  })

  it('at rest there is one timer', async () => {
    const world = createWorld()
    const page = await signedIn(world)
    await world.run(HOUR)
    expect(page.timers).toBe(1)
  })
})
