import { expect, it } from 'vitest'
import type { PageSignal } from '../../src/ports.ts'
import { createPage } from '../../src/runtime/page.ts'
import { followPage } from '../../src/runtime/page-lifecycle.ts'
import { createStore } from '../../src/runtime/session-store.ts'
import { createFakeClock } from '../support/clock.ts'
import { createFakePage } from '../support/ports.ts'
import { aLedger, anAttempt, signedIn } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

function follow(refreshTokenIn: 'body' | 'cookie' = 'body') {
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
  const page = createPage()
  const store = createStore(signedIn({ online: false, ledger: aLedger({ attempt: anAttempt({ failures: 1 }) }) }))
  store.subscribe(note('told'))
  followPage(
    { clock: createFakeClock(), environment },
    { transport: { ...transport, refreshTokenIn } },
    {
      page,
      store,
      timer: { run: note('timer') },
      persistence: { ledger: { read: () => void done.push('ledger') } },
      crossTab: { join: note('join'), leave: note('leave') },
      peers: { catchUp: note('catch up') },
      limits: { recheck: note('recheck') },
      refresher: { start: async (trigger) => void done.push(trigger), releaseLocks: note('release') },
      revoker: { retryNow: note('retry'), revokeOwed: note('owed') },
    },
  )
  return { page, done, signal: (heard: PageSignal) => signal(heard) }
}

it('scenario 5: a frozen page sleeps', () => {
  const { page, done, signal } = follow()
  signal('freeze')
  expect([page.isAsleep, page.isAway, done]).toEqual([true, false, ['told']])
})

it('scenario 23: the order on wake is fixed: take in and judge, and only then send', () => {
  const { page, done, signal } = follow()
  signal('pagehide')
  expect([page.isAway, done]).toEqual([true, ['told', 'release', 'ledger', 'leave']])
  done.length = 0
  signal('pageshow')
  expect([page.isAway, done]).toEqual([false, ['join', 'recheck', 'told', 'retry', 'wake', 'timer', 'catch up']])
})

it('a page that comes back from the cache revokes what is owed for a cookie that all pages share', () => {
  const { done, signal } = follow('cookie')
  signal('resume')
  expect(done.at(-1)).toBe('owed')
})
