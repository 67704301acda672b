import { expect, it } from 'vitest'
import { createListeners } from '../../src/runtime/listeners.ts'
import { createSnapshotFeed } from '../../src/runtime/snapshot-feed.ts'
import type { SessionSnapshot } from '../../src/types.ts'

function create() {
  const errors: unknown[] = []
  const now = { status: 'active', refreshing: false, online: true, generation: 1, idleWarning: false } as const
  let shown: SessionSnapshot = now
  const show = (members: Partial<SessionSnapshot>) => {
    shown = { ...shown, ...members }
  }
  const feed = createSnapshotFeed({
    take: () => ({ ...shown }),
    listeners: createListeners((error) => errors.push(error)),
  })
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
