import { expect, it } from 'vitest'
import { createPage } from '../../src/runtime/page.ts'
import { createStore } from '../../src/runtime/session-store.ts'
import { createStartup } from '../../src/runtime/startup.ts'
import type { Timer } from '../../src/runtime/timer.ts'
import { initialState } from '../../src/session/state.ts'
import { createFakeClock } from '../support/clock.ts'
import { createEvents, watch } from '../support/ports.ts'
import { aSession, SECOND } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

function create(refreshTokenIn: 'body' | 'cookie', hydrate: () => Promise<void> = async () => {}) {
  const done: string[] = []
  const clock = createFakeClock()
  const events = createEvents()
  const store = createStore(initialState(true, 'loading'))
  let nextAt: () => number = () => 0
  const timer: Pick<Timer, 'add' | 'update'> = {
    add(task) {
      nextAt = task.nextAt
    },
    update() {},
  }
  const startup = createStartup(
    { clock },
    { transport: { ...transport, refreshTokenIn }, maxWaitMs: 15 * SECOND },
    {
      page: createPage(),
      timer,
      store,
      events,
      peers: { hydrate, requestSession: async () => void done.push('request') },
      limits: { evaluateInformed: () => void done.push('limits') },
      refresher: { start: async (trigger) => void done.push(trigger) },
      revoker: { revokeOwed: () => void done.push('owed') },
    },
  )
  store.subscribe(startup.update)
  return { startup, store, done, clock, events, nextAt: () => nextAt() }
}

it('a page that finds nothing is signed out, once the limits have been asked', async () => {
  const { startup, done, store, events } = create('body')
  await startup.run()
  expect([store.state.phase, done]).toEqual(['ready', ['limits', 'owed']])
  expect(events.all).toEqual([{ type: 'started', status: 'signed-out' }])
})

it('a page that finds nothing asks the endpoint where the refresh token is a cookie', async () => {
  const { startup, done, store } = create('cookie')
  void startup.run()
  await new Promise((resolve) => setImmediate(resolve))
  expect([store.state.phase, done]).toEqual(['restoring', ['limits', 'owed', 'restore']])
})

it('scenario 20: a store that hangs keeps nobody waiting for longer than the deadline', async () => {
  const { startup, store, clock, nextAt } = create('body', () => new Promise(() => {}))
  const started = watch(startup.run())
  expect(nextAt()).toBe(clock.now() + 15 * SECOND)
  clock.sleep(15 * SECOND)
  startup.update()
  await clock.run(0)
  expect([started.settled, store.state.phase]).toEqual([true, 'overdue'])
})

it('a session whose tokens nobody has any more is given up', async () => {
  const { startup, store, done } = create('body')
  await startup.run()
  const session = aSession()
  store.dispatch({ type: 'signed-in', session, now: 0 })
  store.dispatch({ type: 'remote-state', from: 'ledger', ledger: { ...session, epoch: 2, sid: 'next' } })
  expect(store.state.phase).toBe('restoring')
  await new Promise((resolve) => setImmediate(resolve))
  expect([done.at(-1), store.state.phase]).toEqual(['request', 'ready'])
})
