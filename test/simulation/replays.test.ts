import { describe, expect, it } from 'vitest'
import { MINUTE, SECOND, STEADY, status, verdicts } from './story.ts'
import type { Page } from './world/page.ts'
import { createWorld, type World, type WorldOptions } from './world/world.ts'

/** A script of the origin, which no page knows of. */
const INTRUDER = 99

interface Tape {
  /** Delivers again all that was said and written so far, from the first to the last and back. */
  replay(): Promise<void>
}

function record({ machine, run }: World): Tape {
  const messages: unknown[] = []
  const ledgers: string[] = []
  machine.channel.listen(INTRUDER, (message) => messages.push(message))
  machine.storage.open(INTRUDER, (task) => task())
  machine.storage.subscribe(INTRUDER, () => ledgers.push(machine.storage.read(INTRUDER) ?? ''))

  async function deliver(heard: readonly unknown[], written: readonly string[]): Promise<void> {
    for (const message of heard) {
      machine.channel.post(INTRUDER, message)
      await run(30)
    }
    for (const ledger of written) {
      machine.storage.write(INTRUDER, ledger)
      await run(10)
    }
  }

  return {
    async replay() {
      const [heard, written] = [messages.slice(), ledgers.slice()]
      expect([heard.length, written.length].every((count) => count > 0)).toBe(true)
      await deliver(heard, written)
      await deliver(heard.toReversed(), written.toReversed())
    },
  }
}

async function openTwo(options: WorldOptions = {}) {
  const world = createWorld({ options: STEADY, ...options })
  const tape = record(world)
  const pages: [Page, Page] = [world.open(), world.open()]
  await world.run(3 * SECOND)
  await world.signIn(pages[0], 'amara')
  await world.run(SECOND)
  return { world, tape, pages }
}

const shown = (pages: readonly Page[]) =>
  pages.map(({ manager }) => {
    const { status, subject, generation } = manager.getSnapshot()
    return { status, subject, generation, token: manager.peekAccessToken() }
  })
const happened = (pages: readonly Page[]) =>
  pages.flatMap(({ manager }) => manager.getEvents().map(({ type }) => type)).filter((type) => !/leader/.test(type))

/** Replays it all, and holds the pages to what they show and tell. */
async function changesNothing(tape: Tape, pages: readonly Page[]): Promise<void> {
  const before = [shown(pages), happened(pages)]
  await tape.replay()
  expect([shown(pages), happened(pages)]).toEqual(before)
}

describe.each([
  ['in the body', { inCookie: false }],
  ['in a cookie', { inCookie: true }],
])('what was said and written is said and written again, refresh token %s', (_, options) => {
  it('after refreshes: nobody goes back to an old token, and none is spent twice', async () => {
    const { world, tape, pages } = await openTwo(options)
    await world.run(28 * MINUTE)
    expect(shown(pages)).toMatchObject(Array(2).fill({ status: 'active', generation: 3 }))
    await changesNothing(tape, pages)
    await world.run(14 * MINUTE)
    expect(shown(pages)).toMatchObject(Array(2).fill({ status: 'active', generation: 4 }))
    expect(verdicts(world)).toEqual(['rotated', 'rotated', 'rotated'])
  })

  it('after a sign-out: nobody is signed in again, here or in a page that opens later', async () => {
    const { world, tape, pages } = await openTwo(options)
    await world.run(14 * MINUTE)
    const [one] = pages
    await Promise.all([one.manager.signOut(), world.run(10 * SECOND)])
    expect(pages.map(status)).toEqual(['signed-out', 'signed-out'])
    await changesNothing(tape, pages)
    const later = world.open()
    await world.run(20 * MINUTE)
    expect([...pages, later].map(status)).toEqual(Array(3).fill('signed-out'))
    expect(verdicts(world)).toEqual(['rotated'])
  })

  it('after the next sign-in of the same user: that one goes on, and nobody is signed out', async () => {
    const { world, tape, pages } = await openTwo(options)
    await world.run(14 * MINUTE)
    const [one, two] = pages
    await Promise.all([one.manager.signOut(), world.run(10 * SECOND)])
    await world.signIn(two, 'amara')
    await world.run(SECOND)
    expect(shown(pages)).toMatchObject(Array(2).fill({ status: 'active', generation: 1 }))
    await changesNothing(tape, pages)
    await world.run(14 * MINUTE)
    expect(shown(pages)).toMatchObject(Array(2).fill({ status: 'active', generation: 2 }))
  })

  it('after the sign-in of another user: no page gets back to the one before', async () => {
    const { world, tape, pages } = await openTwo(options)
    const [one, two] = pages
    await world.signIn(two, 'ben')
    await world.run(SECOND)
    expect(pages.map(status)).toEqual(['identity-changed', 'active'])
    await changesNothing(tape, pages)
    expect(one.manager.peekAccessToken()).toBeUndefined()
    expect(two.manager.getSnapshot().subject).toBe('ben')
    await world.run(14 * MINUTE)
    expect(pages.map(status)).toEqual(['identity-changed', 'active'])
  })
})
