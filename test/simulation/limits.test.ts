import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE, SECOND, signedIn, status } from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld } from './world/world.ts'

const policy = { jitterRatio: 0, idleTimeoutMs: 15 * MINUTE, sessionMaxMs: 12 * HOUR }

/** Six pages of one session, all in front. */
async function openWard(given: object = {}) {
  const world = createWorld({ options: { policy: { ...policy, ...given } } })
  const pages: Page[] = [await signedIn(world)]
  while (pages.length < 6) pages.push(world.open())
  await world.run(3 * SECOND)
  const endsAt = () => pages[0]?.manager.getSnapshot().idleEndsAt ?? 0
  return { world, pages, endsAt }
}

const ended = (page: Page) => page.manager.getEvents().find(({ type }) => type === 'signed-out')

describe('at the deadline', () => {
  it('every page signs out within a second, hidden and throttled ones too', async () => {
    const { world, pages, endsAt } = await openWard()
    for (const page of pages.slice(0, 3)) page.setLife('hidden', 'hidden')
    const deadline = endsAt()
    await world.run(deadline + SECOND - world.machine.wallNow())
    for (const page of pages) {
      const { at = 0 } = ended(page) ?? {}
      expect(at).toBeGreaterThanOrEqual(deadline)
      expect(at - deadline).toBeLessThanOrEqual(SECOND)
    }
  })

  it('so it is where all pages are hidden', async () => {
    const { world, pages, endsAt } = await openWard()
    for (const page of pages) page.setLife('hidden', 'hidden')
    const deadline = endsAt()
    await world.run(16 * MINUTE)
    for (const page of pages) expect((ended(page)?.at ?? Infinity) - deadline).toBeLessThanOrEqual(SECOND + 5)
  })

  it('scenario 30: a laptop that wakes and tells its pages of nothing signs out within a second', async () => {
    const { world, pages } = await openWard()
    await world.run(5 * MINUTE)
    await world.sleep(HOUR)
    await world.run(SECOND)
    expect(new Set(pages.map((page) => ended(page)?.type))).toEqual(new Set(['signed-out']))
  })

  it('a frozen or cached page signs out when it wakes, before it sends anything', async () => {
    const { world, pages } = await openWard()
    const [frozen, cached, ...others] = pages as [Page, Page, ...Page[]]
    frozen.setLife('frozen', 'hidden', 'freeze')
    cached.setLife('cached', 'pagehide', 'freeze')
    for (const page of others) page.end()
    await world.run(20 * MINUTE)
    const sent = world.requests.length
    frozen.setLife('live', 'resume', 'visible')
    cached.setLife('live', 'resume', 'pageshow')
    const calls = [world.request(frozen), world.request(cached)]
    await world.run(SECOND)
    expect([status(frozen), status(cached)]).toEqual(['signed-out', 'signed-out'])
    expect(calls.map(({ error }) => (error as { reason?: string }).reason)).toEqual(['idle', 'idle'])
    expect(world.requests).toHaveLength(sent)
  })

  it('a page that slept over it, and knows nothing of the others, leaves their session alone', async () => {
    const { world, pages } = await openWard()
    const [slept, used] = pages as [Page, Page]
    slept.setLife('cached', 'pagehide', 'freeze')
    for (let i = 0; i < 4; i++) {
      await world.run(5 * MINUTE)
      used.act()
    }
    slept.setLife('live', 'resume', 'pageshow')
    await world.run(SECOND)
    expect(pages.map(status)).toEqual(Array(6).fill('active'))
  })
})

it('a session ends in all pages at once, whatever the activity, and no refresh is activity', async () => {
  const { world, pages } = await openWard({ sessionMaxMs: HOUR })
  for (let i = 0; i < 60; i++) {
    pages[i % 6]?.act()
    await world.run(MINUTE)
  }
  await world.run(SECOND)
  for (const page of pages) expect(ended(page)).toMatchObject({ reason: 'session-limit' })
})

it('activity in one page keeps all, and causes no refresh of its own', async () => {
  const busy = await openWard()
  const quiet = await openWard({ idleTimeoutMs: 2 * HOUR })
  for (let i = 0; i < 60; i++) {
    for (let k = 0; k < 20; k++) busy.pages[3]?.act()
    await busy.world.run(MINUTE)
    await quiet.world.run(MINUTE)
  }
  expect(busy.pages.map(status)).toEqual(Array(6).fill('active'))
  expect(busy.world.server.seen.refreshes).toHaveLength(quiet.world.server.seen.refreshes.length)
})

it('a restart does not extend a session, where the page that saw the clock set back told only another page', async () => {
  const limits = { ...policy, idleTimeoutMs: 2 * HOUR, sessionMaxMs: HOUR }
  const world = createWorld({ inCookie: true, options: { policy: limits } })
  const first = await signedIn(world)
  world.machine.setClock(-HOUR)
  await world.run(10 * MINUTE)
  const second = world.open()
  await world.run(SECOND)
  expect(status(second)).toBe('active')
  for (const page of [first, second]) page.end()
  const third = world.open()
  await world.run(49 * MINUTE)
  expect(status(third)).toBe('active')
  await world.run(MINUTE)
  expect(ended(third)).toMatchObject({ reason: 'session-limit' })
})
