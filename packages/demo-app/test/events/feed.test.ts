import { expect, test } from 'vitest'
import { createFeed } from '../../src/events/feed.ts'
import { passes } from '../../src/events/filter.ts'

const AT = Date.UTC(2026, 0, 5, 7)

function feedWith(count: number, limit = 3) {
  const feed = createFeed({ limit, now: () => AT })
  for (let n = 1; n <= count; n += 1)
    feed.addEvent({ type: 'request-queued', count: 1, queued: n, at: AT + n, tab: 'tab' })
  return feed
}

test('the newest comes first, the oldest go, and how many went is known', () => {
  const { entries, dropped } = feedWith(5).get()
  expect(entries.map(({ at }) => at - AT)).toEqual([5, 4, 3])
  expect(dropped).toBe(2)
  expect(feedWith(3).get().dropped).toBe(0)
})

test('no two entries have the same id, whatever was dropped', () => {
  const feed = feedWith(4)
  const before = feed.get().entries.map(({ id }) => id)
  feed.addQa({ type: 'network', text: 'Offline' })
  const [newest] = feed.get().entries
  expect(before).not.toContain(newest?.id)
})

test('what the QA bar did stands among the events, marked as such', () => {
  const feed = feedWith(1)
  feed.addQa({ type: 'network', text: 'This tab is offline' })
  expect(feed.get().entries.map(({ source, text }) => [source, text])).toEqual([
    ['qa', 'This tab is offline'],
    ['session', 'A request waits for a token (1 waiting)'],
  ])
})

test('listeners hear of each entry until they stop', () => {
  const feed = createFeed({ limit: 3, now: () => AT })
  let heard = 0
  const stop = feed.subscribe(() => {
    heard += 1
  })
  feed.addQa({ type: 'network', text: 'one' })
  stop()
  feed.addQa({ type: 'network', text: 'two' })
  expect(heard).toBe(1)
})

test('a filter lets through all, a group or a type', () => {
  const feed = createFeed({ limit: 9, now: () => AT })
  feed.addEvent({ type: 'refresh-started', trigger: 'timer', attempt: 1, at: AT, tab: 'tab' })
  feed.addEvent({ type: 'refreshed', durationMs: 1, accessLifetimeMs: 1, at: AT, tab: 'tab' })
  feed.addEvent({ type: 'request-queued', count: 1, queued: 1, at: AT, tab: 'tab' })
  // The name of an event's type, but no event.
  feed.addQa({ type: 'refreshed', text: 'asked for' })
  const shown = (filter: string) =>
    feed
      .get()
      .entries.filter((entry) => passes(entry, filter))
      .map(({ source, type }) => `${source} ${type}`)
  expect(shown('')).toHaveLength(4)
  expect(shown('refresh')).toEqual(['session refreshed', 'session refresh-started'])
  expect(shown('refreshed')).toEqual(['session refreshed'])
  expect(shown('qa')).toEqual(['qa refreshed'])
  expect(shown('problem')).toEqual([])
})
