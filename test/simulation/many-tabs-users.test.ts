import { describe, expect, it } from 'vitest'
import { codeOf, HOUR, isAnswered, openTabs, putAway, SECOND, STEADY, status, tokenOf } from './story.ts'
import type { Page } from './world/page.ts'
import { type Call, createWorld, type World } from './world/world.ts'

/** The call, once it has had time to settle. */
async function settled(world: World, call: Call): Promise<Call> {
  await world.run(30 * SECOND)
  return call
}

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
    const next = encodeURIComponent('https://clinic.example/ward')
    expect(visits([visible]).map(({ url }) => url)).toEqual([`https://clinic.example/login?next=${next}`])
    // As soon as it has told the endpoint.
    expect((visits([visible])[0]?.at ?? 0) - from).toBeLessThan(SECOND)
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

  it.each([
    ['scenario 24', false],
    ['scenario 44: without a subject', true],
  ])('%s: another tab signs in as another user while requests wait', async (_, isAnonymous) => {
    const world = createWorld({ options: STEADY, isAnonymous })
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

  it.each([
    ['scenario 39', false, false],
    ['scenario 39', true, false],
    ['scenario 44: without a subject', false, true],
    ['scenario 44: without a subject', true, true],
  ])("%s: Alice's page is open, Bob signs in in another (cookie: %s)", async (_, inCookie, isAnonymous) => {
    const world = createWorld({ inCookie, isAnonymous, options: STEADY })
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
    expect(alice.manager.getSnapshot()).toMatchObject({ status: 'identity-changed' })
    expect(alice.manager.getSnapshot().otherSubject).toBe(isAnonymous ? undefined : 'bob')
    await world.run(HOUR)
    expect(byAlice()).toBe(0)
    expect(status(bob)).toBe('active')
  })

  it('scenario 44: a page that knows of the sign-in before it has the tokens asks with a cookie, and sends none', async () => {
    const world = createWorld({ inCookie: true, isAnonymous: true, options: STEADY })
    const [alice, bob] = (await openTabs(world, 2)) as [Page, Page]
    putAway(alice, 'frozen')
    await world.signIn(bob, 'bob')
    bob.end()
    await world.run(SECOND)
    const before = world.requests.length
    alice.setLife('live', 'resume', 'visible')
    const call = world.request(alice)
    await world.run(5 * SECOND)
    expect(codeOf(call.error)).toBe('identity_changed')
    expect(status(alice)).toBe('identity-changed')
    expect(world.requests).toHaveLength(before)
  })

  it('scenario 44: a call that waits in the page where somebody else signs in is not sent for them', async () => {
    const world = createWorld({ isAnonymous: true, options: STEADY })
    const [page] = (await openTabs(world, 1)) as [Page]
    await world.sleep(HOUR)
    world.network.conditions.latencyMs = 10 * SECOND
    const call = world.request(page)
    await world.run(SECOND)
    await world.signIn(page, 'bob')
    await world.run(SECOND)
    expect(codeOf(call.error)).toBe('identity_changed')
    expect(world.requests).toEqual([])
    expect(isAnswered(await settled(world, world.request(page)))).toBe(true)
  })

  it('without a subject a page that was signed out is signed in by the next sign-in anywhere', async () => {
    const world = createWorld({ isAnonymous: true, options: STEADY })
    const [page, other] = (await openTabs(world, 2)) as [Page, Page]
    const end = world.watch(other, other.manager.signOut())
    await settled(world, end)
    expect(status(page)).toBe('signed-out')
    await world.signIn(other, 'bob')
    await world.run(SECOND)
    expect(isAnswered(await settled(world, world.request(page)))).toBe(true)
    expect(tokenOf(page)).toBe(tokenOf(other))
  })

  it('without a subject a page goes on as whoever signed in elsewhere once the app says so, its calls of before do not', async () => {
    const world = createWorld({ isAnonymous: true, options: STEADY })
    const [page, other] = (await openTabs(world, 2)) as [Page, Page]
    world.network.conditions.latencyMs = 10 * SECOND
    world.server.forgetAccessTokens()
    const before = world.request(page)
    await world.signIn(other, 'bob')
    await world.run(SECOND)
    page.manager.acknowledgeIdentity()
    expect([status(page), tokenOf(page)]).toEqual(['active', tokenOf(other)])
    await world.run(30 * SECOND)
    expect(codeOf(before.error)).toBe('identity_changed')
    expect(isAnswered(await settled(world, world.request(page)))).toBe(true)
  })
})
