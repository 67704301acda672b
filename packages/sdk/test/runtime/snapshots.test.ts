import { expect, it } from 'vitest'
import { createSnapshots } from '../../src/runtime/snapshots.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import type { State } from '../../src/session/state.ts'
import type { Session } from '../../src/types.ts'
import { createFakeClock } from '../support/clock.ts'
import { aSession, signedIn } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

function create() {
  const errors: unknown[] = []
  let state: State = signedIn()
  const show = ({ online = true, ...session }: Partial<Session> & { online?: boolean }) => {
    state = signedIn({ online, session: aSession(session) })
  }
  const store = {
    get state() {
      return state
    },
  }
  const reportError = (error: unknown) => errors.push(error)
  const options = { policy: DEFAULT_POLICY, transport }
  const feed = createSnapshots({ clock: createFakeClock(), reportError }, options, { store })
  return { feed, errors, show }
}

it('scenario 21: tells of changes only, and gives the same object until then', () => {
  const { feed, show } = create()
  const first = feed.get()
  let told = 0
  feed.subscribe(() => told++)
  feed.update()
  expect(told).toBe(0)
  expect(feed.get()).toBe(first)
  show({ online: false })
  feed.update()
  expect(told).toBe(1)
  expect(feed.get()).toMatchObject({ online: false })
})

it('a listener that throws disturbs no other, and one that left hears nothing', () => {
  const { feed, errors, show } = create()
  const error = new Error('listener')
  feed.get()
  let told = 0
  feed.subscribe(() => {
    throw error
  })
  const listener = () => told++
  const stop = feed.subscribe(listener)
  feed.subscribe(listener)
  show({ generation: 2 })
  feed.update()
  expect(told).toBe(2)
  stop()
  show({ generation: 3 })
  feed.update()
  expect(told).toBe(3)
  expect(errors).toEqual([error, error])
})

it('keeps nothing of what it showed before, also where nobody listens', () => {
  const { feed, show } = create()
  show({ subject: 'amara' })
  const former = feed.get()
  show({ subject: 'ben' })
  feed.update()
  show({ subject: 'amara' })
  expect(feed.get()).toEqual(former)
  expect(feed.get()).not.toBe(former)
})
