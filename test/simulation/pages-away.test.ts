import { describe, expect, it } from 'vitest'
import { MINUTE, SECOND, STEADY, signedIn, status, verdicts } from './story.ts'
import { createWorld, sharedStore } from './world/world.ts'

describe('pages that were away, in virtual time', () => {
  it('an answer that waits in a page that thaws as its time is up is committed', async () => {
    const world = createWorld({ options: STEADY })
    const page = await signedIn(world)
    page.manager.refreshAccessToken().catch(() => {})
    await world.run(10)
    page.setLife('cached', 'pagehide', 'freeze')
    await world.run(MINUTE + 20)
    page.setLife('live', 'resume', 'pageshow')
    await world.run(5 * SECOND)
    expect(verdicts(world)).toEqual(['rotated'])
    expect(page.manager.getSnapshot()).toMatchObject({ status: 'active', generation: 2 })
  })

  it('a page that comes back with tokens of an earlier sign-in than the last is signed out like the others', async () => {
    const world = createWorld({ options: STEADY })
    const old = await signedIn(world)
    await world.run(SECOND)
    old.setLife('cached', 'pagehide', 'freeze')
    const reloaded = await signedIn(world)
    await world.run(20 * SECOND)
    const page = world.reload(reloaded)
    await world.run(SECOND)
    old.setLife('live', 'resume', 'pageshow')
    await world.run(5 * SECOND)
    // The tokens of the later sign-in were in the memory of the page that was reloaded.
    expect([status(page), status(old)]).toEqual(['signed-out', 'signed-out'])
    expect(page.manager.getEvents().map(({ type }) => type)).not.toContain('signed-out')
    expect(verdicts(world)).toEqual([])
  })
  it.each([true, false])(
    'a page that comes back signed out finds who has signed in and gone (locks: %s)',
    async (hasLocks) => {
      const store = sharedStore()
      const world = createWorld({ hasLocks, options: STEADY, store: () => store })
      const page = world.open()
      await world.run(3 * SECOND)
      page.setLife('cached', 'pagehide', 'freeze')
      const other = await signedIn(world)
      await world.run(SECOND)
      other.end()
      page.setLife('live', 'resume', 'pageshow')
      await world.run(SECOND)
      expect(page.manager.getSnapshot()).toMatchObject({ status: 'active', generation: 1 })
    },
  )
})
