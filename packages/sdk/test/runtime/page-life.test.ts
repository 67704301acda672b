import { expect, it } from 'vitest'
import type { PageSignal } from '../../src/ports.ts'
import { followPage } from '../../src/runtime/page-life.ts'
import { createFakeClock } from '../support/clock.ts'
import { createFakePage } from '../support/ports.ts'

function follow() {
  const done: string[] = []
  let signal = (_: PageSignal) => {}
  const note = (what: string) => () => void done.push(what)
  const environment = {
    ...createFakePage(),
    subscribe(listener: typeof signal) {
      signal = listener
      return () => {}
    },
  }
  const life = followPage({
    clock: createFakeClock(),
    environment,
    dispatch: ({ type }) => done.push(type),
    participants: [{ join: note('join'), leave: note('leave') }],
    letGo: note('letGo'),
    reconcile: note('reconcile'),
    ask: note('ask'),
    hurry: note('hurry'),
    changed: note('changed'),
  })
  life.follow()
  return { life, done, signal: (heard: PageSignal) => signal(heard) }
}

it('scenario 5: what a frozen page hears from others does not wake it', () => {
  const { life, done, signal } = follow()
  signal('freeze')
  life.hear(() => life.catchUp())
  life.hear(() => life.wakeUp())
  expect([life.isAsleep, done]).toEqual([true, ['changed']])
})

it('scenario 23: whoever comes first after it woke reconciles', () => {
  const { life, done, signal } = follow()
  signal('freeze')
  life.wakeUp()
  expect([life.isAsleep, done]).toEqual([false, ['changed', 'reconcile']])
})

it('scenario 5: what a frozen page shows is up to date, and does not wake it', () => {
  const { life, done, signal } = follow()
  signal('freeze')
  life.catchUp()
  expect([life.isAsleep, done]).toEqual([true, ['changed', 'reconcile']])
})

it('scenario 23: the order on wake is fixed: reconcile, and only then send', () => {
  const { life, done, signal } = follow()
  signal('pagehide')
  expect([life.isAway, done]).toEqual([true, ['changed', 'letGo', 'leave']])
  done.length = 0
  signal('pageshow')
  expect([life.isAway, done]).toEqual([false, ['join', 'reconcile', 'online', 'hurry', 'ask']])
})
