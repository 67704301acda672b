import { describe, expect, it } from 'vitest'
import { eventsOf, HOUR, MINUTE, openTabs, SECOND, status } from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld, type World, type WorldOptions } from './world/world.ts'

const policy = { jitterRatio: 0 }

/** Five tabs of one session, whose endpoint does not hear of sign-outs. */
async function openDeaf(given: WorldOptions = {}) {
  const world = createWorld({ options: { policy }, ...given })
  const pages = await openTabs(world, 5)
  world.network.conditions.isLogoutDown = true
  return { world, pages, first: pages[0] as Page, second: pages[1] as Page }
}

function leave(page: Page): void {
  page.setLife(page.life, 'pagehide')
  page.end()
}

const lost = (world: World) => eventsOf(world.pages, 'revocation-lost')
const ledgerOf = (world: World) => JSON.parse(world.machine.storage.newest().text ?? 'null')

const PLACES = [{ inCookie: false }, { inCookie: true }]

describe('scenario 53: five tabs reach a limit by themselves at the same moment', () => {
  it.each([
    { inCookie: false, limit: { idleTimeoutMs: 5 * MINUTE } },
    { inCookie: false, limit: { sessionMaxMs: 5 * MINUTE } },
    { inCookie: true, limit: { idleTimeoutMs: 5 * MINUTE } },
    { inCookie: true, limit: { sessionMaxMs: 5 * MINUTE } },
  ])('the endpoint is told once: %o', async ({ inCookie, limit }) => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = createWorld({ seed, inCookie, options: { policy: { ...policy, ...limit } } })
      const pages = await openTabs(world, 5)
      await world.run(10 * MINUTE)
      expect(pages.map(status)).toEqual(Array(5).fill('signed-out'))
      expect(world.server.seen.revocations).toBe(1)
      expect(world.server.isAlive(1)).toBe(false)
    }
  })

  it.each(PLACES)('and if the tab that tells it dies, another does: %o', async ({ inCookie }) => {
    const options = { policy: { ...policy, sessionMaxMs: 5 * MINUTE } }
    const { world, pages } = await openDeaf({ inCookie, options })
    await world.run(6 * MINUTE)
    for (const page of pages.slice(0, 4)) page.end()
    world.network.conditions.isLogoutDown = false
    await world.run(5 * MINUTE)
    expect(world.server.seen.revoked).toEqual([1])
    expect(lost(world)).toEqual([])
  })
})

describe('scenario 47: sign-out while the logout endpoint answers 503', () => {
  it.each(PLACES)('the tab is closed: another one takes over: %o', async (places) => {
    const { world, first } = await openDeaf(places)
    void first.manager.signOut()
    await world.run(SECOND)
    leave(first)
    await world.run(SECOND)
    expect(ledgerOf(world)).toMatchObject({ revocationPending: true })
    world.network.conditions.isLogoutDown = false
    await world.run(5 * MINUTE)
    expect(world.server.seen.revoked).toEqual([1])
    expect(ledgerOf(world)).toMatchObject({ revocationPending: false })
    expect(lost(world)).toEqual([])
  })

  it('the tab that tells the endpoint is frozen: another one takes over', async () => {
    const { world, first } = await openDeaf()
    void first.manager.signOut()
    await world.run(5 * SECOND)
    first.setLife('frozen', 'hidden', 'freeze')
    world.network.conditions.isLogoutDown = false
    await world.run(5 * MINUTE)
    expect(world.server.seen.revoked).toEqual([1])
  })

  it('nobody has the token any more: the ledger does not call it told, and the loss is told once', async () => {
    const { world, pages, first } = await openDeaf()
    void first.manager.signOut()
    await world.run(SECOND)
    for (const page of pages) leave(page)
    expect(ledgerOf(world)).toMatchObject({ revocationPending: true })
    world.network.conditions.isLogoutDown = false
    world.open()
    world.open()
    await world.run(MINUTE)
    world.open()
    await world.run(MINUTE)
    expect(ledgerOf(world)).toMatchObject({ revocationPending: true })
    expect(world.server.isAlive(1)).toBe(true)
    expect(lost(world)).toEqual([expect.objectContaining({ sessionId: 'session 1' })])
  })

  it('a new page beside the one that still tries calls nothing lost', async () => {
    const { world, first } = await openDeaf()
    void first.manager.signOut()
    world.open()
    await world.run(MINUTE)
    world.network.conditions.isLogoutDown = false
    await world.run(5 * MINUTE)
    expect([world.server.seen.revoked, lost(world)]).toEqual([[1], []])
  })

  it.each([true, false])(
    'somebody signs in, with a token in the body: the old session is revoked: the tab lives %s',
    async (lives) => {
      const { world, first, second } = await openDeaf()
      void first.manager.signOut()
      await world.run(SECOND)
      await world.signIn(second, 'ben')
      if (!lives) leave(first)
      await world.run(SECOND)
      world.network.conditions.isLogoutDown = false
      await world.run(5 * MINUTE)
      expect(world.server.seen.revoked).toEqual([1])
      expect(status(second)).toBe('active')
      expect(lost(world)).toEqual([])
    },
  )

  it('a login form opens in another tab: the cookie of the new session is never revoked, and the loss is told once', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { world, first, second } = await openDeaf({ seed, inCookie: true })
      void first.manager.signOut()
      await world.run(SECOND)
      second.manager.beginSignIn()
      await world.run(50)
      const tokens = world.server.login('ben')
      world.machine.cookie.value = tokens.refreshToken
      world.network.conditions.isLogoutDown = false
      await world.run(2 * MINUTE)
      await second.manager.setSession(tokens)
      await world.run(HOUR)
      expect([world.server.isAlive(2), status(second)]).toEqual([true, 'active'])
      expect(lost(world)).toHaveLength(1)
    }
  })

  it('the request names its session: the new session lives and the old one is revoked, without a word from the app', async () => {
    const { world, first, second } = await openDeaf({ inCookie: true, namedRevocation: true })
    void first.manager.signOut()
    await world.run(SECOND)
    const tokens = world.server.login('ben')
    world.machine.cookie.value = tokens.refreshToken
    world.network.conditions.isLogoutDown = false
    await world.run(2 * MINUTE)
    await second.manager.setSession(tokens)
    await world.run(HOUR)
    expect(world.server.seen.revoked).toEqual([1])
    expect([world.server.isAlive(2), status(second), lost(world)]).toEqual([true, 'active', []])
  })

  it('the request names its session, and nothing is left that shows that it may: the loss is told once', async () => {
    const { world, pages, first } = await openDeaf({ inCookie: true, namedRevocation: true })
    void first.manager.signOut()
    await world.run(SECOND)
    for (const page of pages) leave(page)
    const tokens = world.server.login('ben')
    world.machine.cookie.value = tokens.refreshToken
    world.network.conditions.isLogoutDown = false
    const page = world.open()
    await world.run(SECOND)
    await page.manager.setSession(tokens)
    await world.run(HOUR)
    expect([world.server.isAlive(1), world.server.isAlive(2), status(page)]).toEqual([true, true, 'active'])
    expect(lost(world)).toHaveLength(1)
  })

  it('and it waits while somebody signs in, so that its answer can not clear the new cookie', async () => {
    const { world, first, second } = await openDeaf({ inCookie: true, namedRevocation: true })
    void first.manager.signOut()
    await world.run(SECOND)
    second.manager.beginSignIn()
    await world.run(SECOND)
    world.network.conditions.isLogoutDown = false
    await world.run(MINUTE)
    expect([world.server.seen.revocations, lost(world)]).toEqual([0, []])
    await world.signIn(second, 'ben')
    await world.run(5 * MINUTE)
    expect(world.server.seen.revoked).toEqual([1])
    expect(status(second)).toBe('active')
  })
})

describe('signing in to a session that was to end, and that the server goes on with under its name', () => {
  it.each([{ inCookie: false }, { inCookie: true, namedRevocation: true }])(
    'takes the end back, for all tabs: %o',
    async (places) => {
      const { world, first, second } = await openDeaf(places)
      void first.manager.signOut()
      await world.run(SECOND)
      // As an identity provider does that still knows its user.
      const again = world.server.refresh('SECRET-refresh-1-1', 'another sign-in')
      if (again.kind !== 'tokens') throw new Error('The server has heard of the end.')
      world.machine.cookie.value = again.tokens.refreshToken
      await second.manager.setSession(again.tokens)
      world.network.conditions.isLogoutDown = false
      await world.run(5 * MINUTE)
      world.open()
      await world.run(MINUTE)
      expect([world.server.isAlive(1), status(second), lost(world)]).toEqual([true, 'active', []])
    },
  )
})

describe('signing in over a session that lives', () => {
  it('revokes the old one once, by a token in the body', async () => {
    const world = createWorld({ options: { policy } })
    const pages = await openTabs(world, 5)
    await world.signIn(pages[2] as Page, 'ben')
    await world.run(MINUTE)
    expect([world.server.seen.revocations, world.server.isAlive(1), world.server.isAlive(2)]).toEqual([1, false, true])
  })

  it('revokes the old one, also in a page that has just opened: another tab has the token', async () => {
    const world = createWorld({ options: { policy } })
    await openTabs(world, 5)
    const page = world.open()
    await world.signIn(page, 'amara')
    await world.run(MINUTE)
    expect([world.server.seen.revocations, world.server.isAlive(1), world.server.isAlive(2)]).toEqual([1, false, true])
    expect(lost(world)).toEqual([])
  })

  it('says that the old one is not revoked, where a page signs in as it opens and no other tab has the token', async () => {
    const world = createWorld({ options: { policy } })
    const pages = await openTabs(world, 2)
    for (const each of pages) leave(each)
    const page = world.open()
    await world.signIn(page, 'amara')
    await world.run(MINUTE)
    expect([world.server.isAlive(1), world.server.isAlive(2), status(page)]).toEqual([true, true, 'active'])
    expect(lost(world)).toHaveLength(1)
  })

  it('revokes nothing, and calls nothing lost, where a page that opens has the refresh token that another tab has', async () => {
    const world = createWorld({ options: { policy } })
    const [first] = await openTabs(world, 1)
    const tokens = world.server.login('amara')
    await (first as Page).manager.setSession(tokens)
    await world.run(MINUTE)
    const before = world.server.seen.revocations
    const page = world.open()
    await page.manager.setSession(tokens)
    await world.run(10 * SECOND)
    expect([world.server.isAlive(2), status(page), world.server.seen.revocations]).toEqual([true, 'active', before])
    expect(lost(world)).toEqual([])
  })

  it('revokes the old one once, by its name', async () => {
    const world = createWorld({ options: { policy }, inCookie: true, namedRevocation: true })
    const pages = await openTabs(world, 5)
    await world.signIn(pages[2] as Page, 'amara')
    await world.run(MINUTE)
    expect([world.server.seen.revocations, world.server.isAlive(1), world.server.isAlive(2)]).toEqual([1, false, true])
  })

  it('says that the old one is not revoked, where all that named it was the cookie', async () => {
    const world = createWorld({ options: { policy }, inCookie: true })
    const pages = await openTabs(world, 5)
    await world.signIn(pages[2] as Page, 'ben')
    await world.run(HOUR)
    expect([world.server.seen.revocations, world.server.isAlive(2)]).toEqual([0, true])
    expect(lost(world)).toHaveLength(1)
  })
})

describe('two sign-ins at the same moment, with tokens in the body', () => {
  it.each(['amara', 'ben'])(
    'revoke the session that does not count, and say nothing: the other is %s',
    async (other) => {
      for (let seed = 1; seed <= 20; seed++) {
        const world = createWorld({ seed, options: { policy } })
        const pages = await openTabs(world, 5)
        await Promise.all([world.signIn(pages[0] as Page, 'amara'), world.signIn(pages[1] as Page, other)])
        await world.run(MINUTE)
        expect([2, 3].filter(world.server.isAlive)).toHaveLength(1)
        expect([world.server.isAlive(1), world.server.seen.revocations, lost(world)]).toEqual([false, 2, []])
      }
    },
  )

  it('revoke it although the endpoint is away, and the page that began it is left', async () => {
    const { world, first, second } = await openDeaf()
    await Promise.all([world.signIn(first, 'amara'), world.signIn(second, 'amara')])
    await world.run(SECOND)
    leave(first)
    leave(second)
    world.network.conditions.isLogoutDown = false
    await world.run(5 * MINUTE)
    expect([1, 2, 3].filter(world.server.isAlive)).toHaveLength(1)
    expect(lost(world)).toEqual([])
  })

  it('where nobody has the tokens of the one that does not count any more, the loss is told once', async () => {
    const { world, pages, first, second } = await openDeaf()
    await Promise.all([world.signIn(first, 'amara'), world.signIn(second, 'amara')])
    await world.run(SECOND)
    for (const page of pages) leave(page)
    for (let i = 0; i < 2; i++) {
      world.open()
      await world.run(MINUTE)
    }
    expect(lost(world)).toHaveLength(2)
  })
})

describe('scenario 47: a page that is to go to the login, while the logout endpoint answers 503', () => {
  async function openAt(path: string) {
    const world = createWorld({ inCookie: true, options: { policy, login: { url: '/login' } } })
    const page = world.open(path)
    await world.run(100)
    await world.signIn(page, 'amara')
    await world.run(SECOND)
    world.network.conditions.isLogoutDown = true
    const before = page.visits.length
    void page.manager.signOut()
    return { world, visits: () => page.visits.slice(before) }
  }

  it.each([
    ['that is at the login already', '/login?next=%2Fward'],
    ['that was opened with an OAuth answer, and waits for what comes of it', '/callback?code=c&state=s'],
  ])('goes on revoking the session while it stays where it is: one %s', async (_, path) => {
    const { world, visits } = await openAt(path)
    await world.run(5 * SECOND)
    expect([visits(), lost(world)]).toEqual([[], []])
    world.network.conditions.isLogoutDown = false
    for (const page of world.pages) page.signal('online')
    await world.run(5 * SECOND)
    expect([visits(), world.server.seen.revoked, lost(world)]).toEqual([[], [1], []])
  })

  it('stops as it goes, and says that the session is lost', async () => {
    const { world, visits } = await openAt('/ward')
    await world.run(5 * SECOND)
    expect(visits()).toHaveLength(1)
    expect(lost(world)).toHaveLength(1)
    world.network.conditions.isLogoutDown = false
    await world.run(5 * MINUTE)
    expect(world.server.seen.revoked).toEqual([])
  })
})

it.each([true, false])(
  'scenario 36: a page back from the cache revokes the session of one that is gone (locks: %s)',
  async (hasLocks) => {
    const world = createWorld({ inCookie: true, hasLocks, options: { policy } })
    const back = world.open()
    await world.run(3 * SECOND)
    back.setLife('cached', 'pagehide', 'freeze')
    const page = world.open()
    await world.run(3 * SECOND)
    await world.signIn(page, 'amara')
    world.network.conditions.isLogoutDown = true
    page.manager.signOut().catch(() => {})
    await world.run(50)
    leave(page)
    world.network.conditions.isLogoutDown = false
    back.setLife('live', 'resume', 'pageshow')
    await world.run(MINUTE)
    expect(world.server.seen.revoked).toEqual([1])
  },
)
