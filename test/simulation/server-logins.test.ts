import { describe, expect, it } from 'vitest'
import { codeOf, HOUR, isAnswered, MINUTE, SECOND, status, tokenOf } from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld, type World } from './world/world.ts'

const LIMITS = { policy: { jitterRatio: 0, idleTimeoutMs: 15 * MINUTE, sessionMaxMs: 12 * HOUR } }

/** The page that a login leads to: it is opened again with the same login by every reload. */
async function land(world: World, loginId: string): Promise<Page> {
  const page = world.open()
  const started = world.watch(page, page.manager.sessionStarted(loginId))
  await world.run(5 * SECOND)
  expect(started.error).toBeUndefined()
  return page
}

function leave(page: Page): void {
  page.setLife(page.life, 'pagehide')
  page.end()
}

async function signOut(world: World, page: Page): Promise<void> {
  void page.manager.signOut()
  await world.run(5 * SECOND)
  leave(page)
}

describe('scenario 46: the server signs in by itself', () => {
  it('and its page finds the session', async () => {
    const world = createWorld({ inCookie: true, options: LIMITS })
    const page = await land(world, world.serverSignsIn('amara'))
    expect(page.manager.getSnapshot()).toMatchObject({ status: 'active', subject: 'amara', generation: 1 })
    expect(world.refreshes).toHaveLength(1)
  })

  it('again after a sign-out that the endpoint has heard of, and after one that it has not', async () => {
    const world = createWorld({ inCookie: true, options: LIMITS })
    await signOut(world, await land(world, world.serverSignsIn('amara')))
    const second = await land(world, world.serverSignsIn('amara'))
    expect(status(second)).toBe('active')
    world.setOnline(false)
    await signOut(world, second)
    world.setOnline(true)
    const third = await land(world, world.serverSignsIn('amara'))
    await world.run(MINUTE)
    expect(status(third)).toBe('active')
    expect([2, 3].map(world.server.isAlive)).toEqual([true, true])
  })

  it('the next morning, and is judged by itself: not idle, and with its whole session ahead', async () => {
    const world = createWorld({ inCookie: true, options: LIMITS })
    leave(await land(world, world.serverSignsIn('amara')))
    await world.run(11 * HOUR)
    const loginId = world.serverSignsIn('amara')
    const signedInAt = world.timeline.now
    const page = await land(world, loginId)
    expect(status(page)).toBe('active')
    expect(world.server.seen.revocations).toBe(0)
    expect(page.manager.getSnapshot().sessionEndsAt).toBeGreaterThanOrEqual(signedInAt + 12 * HOUR)
    for (let minute = 0; minute < 30; minute += 10) {
      page.manager.extendSession()
      await world.run(10 * MINUTE)
    }
    expect(isAnswered(await settled(world, page))).toBe(true)
  })

  it.each([true, false])(
    'and its page, loaded again after a sign-out, brings nothing back (online: %s)',
    async (online) => {
      const world = createWorld({ inCookie: true, options: LIMITS })
      const loginId = world.serverSignsIn('amara')
      const page = await land(world, loginId)
      // The endpoint does not hear of it: the cookie is still good.
      world.setOnline(false)
      await signOut(world, page)
      const before = world.refreshes.length
      if (online) world.network.conditions.down = true
      const again = await land(world, loginId)
      await world.run(MINUTE)
      expect([status(again), again.manager.getSnapshot().signedOutReason]).toEqual(['signed-out', 'user'])
      expect(world.refreshes).toHaveLength(before)
    },
  )

  it('and its page, loaded again, extends no limit', async () => {
    const world = createWorld({ inCookie: true, options: LIMITS })
    const loginId = world.serverSignsIn('amara')
    const page = await land(world, loginId)
    const { sessionEndsAt } = page.manager.getSnapshot()
    leave(page)
    await world.run(10 * MINUTE)
    const again = await land(world, loginId)
    expect(again.manager.getSnapshot()).toMatchObject({ status: 'active', sessionEndsAt })
    leave(again)
    await world.run(16 * MINUTE)
    expect((await land(world, loginId)).manager.getSnapshot()).toMatchObject({ signedOutReason: 'idle' })
  })

  it('and 8 tabs of that login come to one session by one refresh', async () => {
    const world = createWorld({ inCookie: true, options: LIMITS })
    const loginId = world.serverSignsIn('amara')
    const pages = Array.from({ length: 8 }, () => world.open())
    for (const page of pages) void page.manager.sessionStarted(loginId)
    await world.run(10 * SECOND)
    expect(new Set(pages.map(tokenOf)).size).toBe(1)
    expect(pages.map(status)).toEqual(Array(8).fill('active'))
    expect(world.refreshes).toHaveLength(1)
  })

  it.each([
    ['goes on with the session before: that is not revoked', true],
    ['begins a session: the one before is revoked', false],
  ])('over a live session, in a page that has restored that one, and %s', async (_, isSame) => {
    const world = createWorld({ inCookie: true, namedRevocation: true, options: LIMITS })
    const page = await land(world, world.serverSignsIn('amara'))
    // As with an identity provider that still knows its user.
    void page.manager.sessionStarted(isSame ? 'another login of that session' : world.serverSignsIn('amara'))
    await world.run(MINUTE)
    expect(status(page)).toBe('active')
    expect(world.server.seen.revoked).toEqual(isSame ? [] : [1])
    expect(world.server.isAlive(isSame ? 1 : 2)).toBe(true)
  })

  it.each([
    ['the same user: its calls go on', 'amara', false],
    ['another user: its calls do not', 'ben', false],
    ['whom nobody knows: its calls do not', 'amara', true],
  ])('while another tab is open, as %s', async (_, user, isAnonymous) => {
    const world = createWorld({ inCookie: true, isAnonymous, options: LIMITS })
    const page = await land(world, world.serverSignsIn('amara'))
    const other = await land(world, world.serverSignsIn(user))
    const call = world.request(page)
    await world.run(5 * SECOND)
    expect(status(other)).toBe('active')
    const goesOn = user === 'amara' && !isAnonymous
    expect([status(page), codeOf(call.error)]).toEqual(
      goesOn ? ['active', undefined] : ['identity-changed', 'identity_changed'],
    )
  })

  it('and a page that hears of it late belongs to the new session, its calls of before do not', async () => {
    const world = createWorld({ inCookie: true, options: LIMITS })
    const page = await land(world, world.serverSignsIn('amara'))
    world.server.forgetAccessTokens()
    const before = world.request(page)
    const loginId = world.serverSignsIn('ben')
    await world.run(10)
    void page.manager.sessionStarted(loginId)
    const after = world.request(page)
    await world.run(10 * SECOND)
    expect(page.manager.getSnapshot()).toMatchObject({ status: 'active', subject: 'ben' })
    expect(codeOf(before.error)).toBe('identity_changed')
    expect(isAnswered(after)).toBe(true)
  })
})

/** A request of that page, once it has had time. */
async function settled(world: World, page: Page) {
  const call = world.request(page)
  await world.run(5 * SECOND)
  return call
}
