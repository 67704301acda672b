import { describe, expect, it } from 'vitest'
import { codeOf, HOUR, isAnswered, MINUTE, SECOND, STEADY, signedIn, status, tokenOf, verdicts } from './story.ts'
import { createWorld, type World } from './world/world.ts'

describe('one tab in virtual time', () => {
  it('scenario 2: an answer that takes 1.5 times maxWaitMs is committed late, and its token is sent once', async () => {
    const world = createWorld({ options: STEADY })
    const page = await signedIn(world)
    world.network.conditions.latencyMs = 22.5 * SECOND
    await world.run(13 * MINUTE - 200)
    const call = world.watch(page, page.manager.refreshAccessToken())
    await world.run(15.1 * SECOND)
    expect(codeOf(call.error)).toBe('refresh_unavailable')
    expect((call.settledAt ?? 0) - call.startedAt).toBeLessThanOrEqual(15 * SECOND + 2)
    await world.run(30 * SECOND)
    expect(verdicts(world)).toEqual(['rotated'])
    expect(page.manager.getSnapshot()).toMatchObject({ status: 'active', generation: 2 })
  })

  it.each([
    ['replay', ['rotated', 'replayed'], 'active'],
    ['strict', ['rotated', 'rejected'], 'signed-out'],
  ] as const)('scenario 3: the answer of a rotation is lost, %s server', async (mode, seen, end) => {
    const world = createWorld({ mode, options: STEADY })
    const page = await signedIn(world)
    world.network.conditions.faults.push('reset-after')
    await world.run(14 * MINUTE)
    expect(verdicts(world)).toEqual(seen)
    expect(new Set(world.server.seen.refreshes.map(({ key }) => key)).size).toBe(1)
    expect(status(page)).toBe(end)
    await world.run(HOUR)
    // Signed out means signed out: no loop.
    if (end === 'signed-out') {
      expect(verdicts(world)).toEqual(seen)
      expect(page.manager.getSnapshot().signedOutReason).toBe('refresh-rejected')
    }
  })

  it('scenario 4: a timer and 20 callers within 50 ms share one request and its result', async () => {
    const world = createWorld({ options: STEADY })
    const page = await signedIn(world)
    await world.run(13 * MINUTE - 25)
    const calls = []
    for (let i = 0; i < 20; i++) {
      calls.push(world.watch(page, page.manager.refreshAccessToken()))
      await world.run(2.5)
    }
    await world.run(SECOND)
    expect(verdicts(world)).toEqual(['rotated'])
    expect(new Set(calls.map(({ value }) => value))).toEqual(new Set([page.manager.peekAccessToken()]))
  })

  it('scenario 6: a listener that awaits the manager settles', async () => {
    const world = createWorld({ options: STEADY })
    const page = await signedIn(world)
    const calls: Array<ReturnType<World['watch']>> = []
    page.manager.onEvent(({ type }) => {
      if (type !== 'refreshed' || calls.length) return
      calls.push(world.watch(page, page.manager.getAccessToken()), world.watch(page, page.manager.refreshAccessToken()))
    })
    await world.run(14 * MINUTE)
    expect(calls.map(({ value }) => typeof value)).toEqual(['string', 'string'])
  })

  it('scenario 7: 120 s offline across the expiry', async () => {
    const world = createWorld({ options: STEADY })
    const page = await signedIn(world)
    await world.run(12 * MINUTE + 30 * SECOND)
    world.setOnline(false)
    await world.run(2 * MINUTE + 40 * SECOND)
    expect(status(page)).toBe('degraded')
    expect(page.manager.peekAccessToken()).toBeUndefined()
    world.setOnline(true)
    await world.run(2 * SECOND)
    expect(page.manager.getSnapshot()).toMatchObject({ status: 'active', generation: 2 })
  })

  it.each([
    ['tells of it', true],
    ['says nothing', false],
  ])('scenario 8: 8 h of sleep, then 20 s without network, and the browser %s', async (_, isTold) => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = createWorld({ seed, options: STEADY })
      const page = await signedIn(world)
      await world.run(MINUTE)
      const old = tokenOf(page)
      await world.sleep(8 * HOUR)
      const asleep = world.requests.length
      world.machine.isCut = true
      if (isTold) world.setOnline(false)
      page.signal('visible')
      await world.run(20 * SECOND)
      world.machine.isCut = false
      if (isTold) world.setOnline(true)
      const call = world.request(page)
      await world.run(5 * SECOND)
      expect(status(page)).toBe('active')
      expect(isAnswered(call)).toBe(true)
      expect(world.requests.slice(asleep).map(({ token }) => token)).not.toContain(old)
    }
  })

  it.each([
    ['ahead', HOUR],
    ['behind', -HOUR],
  ])('scenario 14: a clock that is an hour %s, and one that jumps by as much', async (_name, byMs) => {
    const world = createWorld({ options: STEADY })
    world.machine.setClock(byMs)
    const page = await signedIn(world)
    await world.run(40 * MINUTE)
    expect(verdicts(world)).toHaveLength(3)
    world.machine.setClock(byMs)
    page.signal('focus')
    const before = verdicts(world).length
    await world.run(12 * MINUTE)
    expect(verdicts(world).length - before).toBeLessThanOrEqual(1)
    await world.run(HOUR)
    expect(verdicts(world).length - before).toBeLessThanOrEqual(6)
    expect(world.server.seen.unauthorized).toBe(0)
  })

  it('scenario 15: a lead longer than the lifetime is clamped', async () => {
    const policy = { jitterRatio: 0.05, refreshLead: { ratio: 0.5, minMs: 120 * SECOND, maxMs: 200 * SECOND } }
    const world = createWorld({ accessLifetimeMs: MINUTE, options: { policy } })
    const page = await signedIn(world)
    const times: number[] = []
    page.manager.onEvent(({ type, at }) => type === 'refresh-started' && times.push(at))
    await world.run(HOUR)
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0))
    expect(gaps.length).toBeGreaterThan(100)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(30 * SECOND)
  })

  it('scenario 16: 50 parallel 401s that arrive over 2 s', async () => {
    const world = createWorld({ options: STEADY })
    const page = await signedIn(world)
    world.server.forgetAccessTokens()
    const calls = []
    for (let i = 0; i < 50; i++) {
      calls.push(world.request(page))
      await world.run(40)
    }
    await world.run(SECOND)
    expect(verdicts(world)).toEqual(['rotated'])
    expect(calls.filter(({ value }) => (value as Response | undefined)?.status === 200)).toHaveLength(50)
  })

  it('scenario 17: headers arrive and the body never ends', async () => {
    const world = createWorld({ mode: 'replay', options: STEADY })
    const page = await signedIn(world)
    world.network.conditions.faults.push('stall')
    await world.run(13 * MINUTE)
    const call = world.watch(page, page.manager.refreshAccessToken())
    await world.run(16 * SECOND)
    expect(codeOf(call.error)).toBe('refresh_unavailable')
    expect((call.settledAt ?? 0) - call.startedAt).toBeLessThanOrEqual(15 * SECOND + 2)
    await world.run(2 * MINUTE)
    expect(verdicts(world)).toEqual(['rotated', 'replayed'])
    expect(status(page)).toBe('active')
  })
})
