import { describe, expect, it } from 'vitest'
import { codeOf, HOUR, openTabs, putAway, SECOND, STEADY, status, tokenOf } from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld } from './world/world.ts'

describe('many tabs in virtual time, sign-outs and other users', () => {
  it('scenario 12: 20 tabs, one signs out', async () => {
    const world = createWorld({ options: { ...STEADY, login: { url: '/login' } } })
    const tabs = await openTabs(world, 19)
    const atLogin = world.open('/login')
    await world.run(3 * SECOND)
    const [visible, frozen, ...hidden] = tabs as [Page, Page, ...Page[]]
    for (const page of [...hidden, atLogin]) putAway(page, 'hidden')
    putAway(frozen, 'frozen')
    const from = world.timeline.now
    const signOut = world.watch(visible, visible.manager.signOut())
    await world.run(500)
    for (const page of [visible, atLogin, ...hidden]) {
      expect([status(page), tokenOf(page)]).toEqual(['signed-out', undefined])
    }
    await world.run(10 * SECOND)
    expect(signOut.settledAt).toBeDefined()
    expect(world.server.seen.revocations).toBe(1)
    expect(world.server.isAlive(1)).toBe(false)

    const visits = (pages: readonly Page[]) => pages.flatMap((page) => page.visits.filter(({ at }) => at >= from))
    expect(visits([visible])).toEqual([
      { at: from, url: 'https://clinic.example/login?next=https%3A%2F%2Fclinic.example%2Fward' },
    ])
    expect(visits([atLogin, frozen])).toEqual([])
    const later = visits(hidden).map(({ at }) => at - from)
    expect(later).toHaveLength(17)
    expect(Math.min(...later)).toBeGreaterThan(0)
    // The timers of hidden tabs come once a second.
    expect(Math.max(...later)).toBeLessThanOrEqual(6 * SECOND)
    const perSecond = Array.from({ length: 6 }, (_, s) => later.filter((ms) => Math.floor(ms / SECOND) === s).length)
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(8)

    const sent = world.requests.length
    frozen.setLife('live', 'resume', 'visible')
    const call = world.request(frozen)
    await world.run(SECOND)
    expect(codeOf(call.error)).toBe('signed_out')
    expect(world.requests).toHaveLength(sent)
    expect(world.server.seen.revocations).toBe(1)
  })

  it('scenario 24: another tab signs in as another user while requests wait', async () => {
    const world = createWorld({ options: STEADY })
    const pages = await openTabs(world, 4)
    const [ben, ...amara] = pages as [Page, ...Page[]]
    await world.sleep(HOUR)
    world.network.conditions.latencyMs = 10 * SECOND
    const calls = amara.flatMap((page) => [world.request(page), world.request(page)])
    await world.run(SECOND)
    const before = world.requests.length
    await world.signIn(ben, 'ben')
    await world.run(30 * SECOND)
    expect(calls.map(({ error }) => codeOf(error))).toEqual(Array(6).fill('identity_changed'))
    expect(world.requests.slice(before)).toEqual([])
    expect(amara.map(tokenOf)).toEqual([undefined, undefined, undefined])
    expect(status(ben)).toBe('active')
  })

  it.each([false, true])(
    "scenario 39: Alice's page is open, Bob signs in in another (cookie: %s)",
    async (inCookie) => {
      const world = createWorld({ inCookie, options: STEADY })
      const [alice, bob] = (await openTabs(world, 2)) as [Page, Page]
      const before = world.refreshes.length
      const byAlice = () => world.refreshes.slice(before).filter(({ page }) => page === alice).length
      // Its save is on its way with a token that the API takes no more.
      world.server.forgetAccessTokens()
      const underWay = world.request(alice)
      await world.signIn(bob, 'bob')
      await world.run(SECOND)
      const calls = [
        underWay,
        world.request(alice),
        world.watch(alice, alice.manager.refreshAccessToken()),
        world.watch(alice, alice.manager.getAccessToken()),
      ]
      await world.run(SECOND)
      expect(calls.map(({ error }) => codeOf(error))).toEqual(Array(4).fill('identity_changed'))
      const ofAlice = world.requests.filter(({ page }) => page === alice)
      expect(ofAlice.map(({ token }) => token)).not.toContain(tokenOf(bob))
      expect(ofAlice).toHaveLength(1)
      expect(byAlice()).toBe(0)
      expect(alice.manager.getSnapshot()).toMatchObject({ status: 'identity-changed', otherSubject: 'bob' })
      await world.run(HOUR)
      expect(byAlice()).toBe(0)
      expect(status(bob)).toBe('active')
    },
  )
})
