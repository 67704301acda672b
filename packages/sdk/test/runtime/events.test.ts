import { expect, type Mock, test, vi } from 'vitest'
import type { Clock } from '../../src/ports.ts'
import { createEvents } from '../../src/runtime/events.ts'
import { createStore } from '../../src/runtime/session-store.ts'
import { initialState, type State } from '../../src/session/state.ts'
import type { SessionEvent, SessionEventDetail } from '../../src/types.ts'
import { aSession, signedIn as aSignedInPage, MINUTE, NOON } from '../support/sessions.ts'

const event = (at: number): SessionEvent => ({ type: 'idle-cleared', at, tab: 't1' })

function setUp(onError: (error: unknown) => void = vi.fn()) {
  let at = 0
  let state: State = initialState(true, 'ready')
  const clock: Partial<Clock> = { wallNow: () => at, setTimer: (_, run) => queueMicrotask(run) }
  const store = {
    ...createStore(state),
    get state() {
      return state
    },
  }
  const log = createEvents({ clock: clock as Clock, reportError: onError }, { tab: 't1' }, { store })
  /** Tells of an event at its instant, in its session. */
  function append({ at: now, tab: _, sid, ...detail }: SessionEvent): void {
    at = now
    state = sid === undefined ? initialState(true, 'ready') : { ...state, session: aSession({ sid }) }
    log.emit(detail as SessionEventDetail)
  }
  return { log: { ...log, append }, onError: onError as Mock }
}

test('keeps the newest 500, oldest first', () => {
  const { log } = setUp()
  for (let at = 1; at <= 750; at++) log.append(event(at))
  const events = log.events()
  expect(events).toHaveLength(500)
  expect(events[0]).toEqual(event(251))
  expect(events.at(-1)).toEqual(event(750))
})

test('what it gave away does not change any more, and changes nothing in it', () => {
  const { log } = setUp()
  log.append(event(1))
  const before = log.events()
  log.append(event(2))
  expect(before).toEqual([event(1)])
  expect(Object.isFrozen(before[0])).toBe(true)
  Reflect.apply(Array.prototype.push, before, [event(3)])
  expect(log.events()).toEqual([event(1), event(2)])
})

test('whose a session was is kept while that session lives, and no longer', () => {
  const { log } = setUp()
  const signedIn = (sid: string): SessionEvent => ({ type: 'signed-in', subject: sid, at: 1, tab: 't1', sid })
  const subjects = () => log.events().map((event) => ('subject' in event ? event.subject : undefined))
  log.append(signedIn('amara'))
  log.append(signedIn('ben'))
  log.keepSubjectOf('ben')
  expect(subjects()).toEqual([undefined, 'ben'])
  log.keepSubjectOf(undefined)
  expect(subjects()).toEqual([undefined, undefined])
  expect(log.events().map(({ type, sid }) => [type, sid])).toEqual([
    ['signed-in', 'amara'],
    ['signed-in', 'ben'],
  ])
  expect(log.events().every(Object.isFrozen)).toBe(true)
})

test('tells listeners from their subscription on, until it ends', () => {
  const { log } = setUp()
  const heard: number[] = []
  log.append(event(1))
  const stop = log.listen(({ at }) => heard.push(at))
  log.append(event(2))
  stop()
  stop()
  log.append(event(3))
  expect(heard).toEqual([2])
})

test('the same function may listen twice', () => {
  const { log } = setUp()
  const listener = vi.fn()
  const stop = log.listen(listener)
  log.listen(listener)
  log.append(event(1))
  expect(listener).toHaveBeenCalledTimes(2)
  stop()
  log.append(event(2))
  expect(listener).toHaveBeenCalledTimes(3)
})

test('a listener that throws harms no other', () => {
  const { log, onError } = setUp()
  const error = new Error('odd')
  const after = vi.fn()
  log.listen(() => {
    throw error
  })
  log.listen(after)
  log.append(event(1))
  log.append(event(2))
  expect(after).toHaveBeenCalledTimes(2)
  expect(onError.mock.calls).toEqual([[error], [error]])
})

test('a listener may end its own and other subscriptions while it is called', () => {
  const { log } = setUp()
  const heard: string[] = []
  const stops = [
    log.listen(() => {
      heard.push('first')
      for (const stop of stops) stop()
    }),
    log.listen(() => heard.push('second')),
  ]
  log.listen(() => heard.push('third'))
  log.append(event(1))
  log.append(event(2))
  expect(heard).toEqual(['first', 'third', 'third'])
})

test('a listener that subscribes while it is called hears from the next event on', () => {
  const { log } = setUp()
  const heard: number[] = []
  const stop = log.listen(() => {
    stop()
    log.listen(({ at }) => heard.push(at))
  })
  log.append(event(1))
  log.append(event(2))
  expect(heard).toEqual([2])
})

test('an event that a listener causes comes in another task, after the one that it heard, for everyone', async () => {
  const { log } = setUp()
  const heard: number[] = []
  log.listen(({ at }) => {
    if (at === 1) log.append(event(2))
  })
  log.listen(({ at }) => heard.push(at))
  log.append(event(1))
  log.append(event(3))
  expect(heard).toEqual([1])
  await Promise.resolve()
  await Promise.resolve()
  expect(heard).toEqual([1, 2, 3])
  expect(log.events().map(({ at }) => at)).toEqual([1, 2, 3])
})

test('an onError that throws silences nobody for good', () => {
  const error = new Error('odd')
  const onError = (thrown: unknown) => {
    throw thrown
  }
  const { log } = setUp(onError)
  const heard: number[] = []
  const stop = log.listen(() => {
    throw error
  })
  log.listen(({ at }) => heard.push(at))
  expect(() => log.append(event(1))).toThrow(error)
  stop()
  log.append(event(2))
  expect(heard).toEqual([2])
})

test('those who count events hear of each at once, and when the session began', () => {
  const clock: Partial<Clock> = { wallNow: () => NOON + MINUTE, lagMs: () => 0 }
  const store = createStore(aSignedInPage())
  const { observe, emit } = createEvents({ clock: clock as Clock, reportError: vi.fn() }, { tab: 't1' }, { store })
  const seen: unknown[] = []
  observe(({ type, at, sid, generation }, signedInAt) => seen.push([type, at, sid, generation, signedInAt]))
  emit({ type: 'idle-cleared' })
  expect(seen).toEqual([['idle-cleared', NOON + MINUTE, 's', 1, NOON]])
})
