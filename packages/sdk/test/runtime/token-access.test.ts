import { beforeEach, expect, it } from 'vitest'
import { createPage, type Page } from '../../src/runtime/page.ts'
import { createStore, type Store } from '../../src/runtime/session-store.ts'
import { createTokenAccess, type TokenAccess } from '../../src/runtime/token-access.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { initialState, type State } from '../../src/session/state.ts'
import type { RefreshTrigger } from '../../src/types.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createEvents, watch } from '../support/ports.ts'
import { aLedger, aSession, MINUTE, SECOND, signedIn } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

let clock: FakeClock
let page: Page
let store: Store
let started: RefreshTrigger[]
let isBlocked: boolean

beforeEach(() => {
  clock = createFakeClock()
  page = createPage()
  started = []
  isBlocked = false
})

function create(state: State = signedIn()): TokenAccess {
  store = createStore(state)
  const access = createTokenAccess(
    { clock },
    { transport, policy: DEFAULT_POLICY, maxQueued: 10, maxWaitMs: 15 * SECOND },
    {
      page,
      timer: { add() {}, update() {} },
      store,
      events: createEvents(),
      limits: { checkBeforeUse() {}, isBlocked: () => isBlocked, endsAt: () => Number.POSITIVE_INFINITY },
      refresher: {
        start: async (trigger) => void started.push(trigger),
        startIfDue() {},
        nextAt: () => Number.POSITIVE_INFINITY,
      },
    },
  )
  access.update()
  return access
}

it('serves a call at once where the token is good', async () => {
  const access = create()
  expect(access.admit({ identity: 0 })).toMatchObject({ kind: 'granted', generation: 1 })
  expect(await access.cached()).toBe(store.state.session?.accessToken)
  expect(started).toEqual([])
})

it('scenario 30: asks the limits first: nothing is served while one has passed', async () => {
  const access = create()
  isBlocked = true
  access.update()
  const call = watch(Promise.resolve(access.admit({ identity: 0 })))
  await clock.run(0)
  expect([call.settled, access.cached(), access.queued]).toEqual([false, undefined, 1])
  isBlocked = false
  access.update()
  await clock.run(0)
  expect(call.value).toMatchObject({ kind: 'granted' })
})

it('starts a refresh for a call that has to wait, and another while it still waits', async () => {
  const access = create()
  clock.sleep(15 * MINUTE)
  void access.admit({ identity: 0 })
  access.refreshIfAwaited()
  expect(started).toEqual(['request', 'request'])
})

it('serves nobody in a page that sleeps', async () => {
  const access = create()
  clock.sleep(15 * MINUTE)
  const call = watch(Promise.resolve(access.admit({ identity: 0 })))
  page.setAsleep(true)
  clock.sleep(MINUTE)
  access.update()
  await clock.run(0)
  expect(call.settled).toBe(false)
})

it('does not refresh for a `401` that met a token which a refresh has just brought', async () => {
  const access = create(signedIn({ ledger: aLedger({ generation: 2 }), session: aSession({ generation: 2 }) }))
  const refused = { granted: { identity: 0, sid: 's', generation: 2 }, method: 'GET', url: '/', isReplay: false }
  expect(await access.renew({ ...refused, isRepeatable: true })).toBe(false)
  expect(started).toEqual([])
})

it('rejects a call of a page that is signed out', () => {
  const access = create(initialState(true, 'ready'))
  expect(() => access.admit({ identity: 0 })).toThrow(expect.objectContaining({ code: 'signed_out' }))
})
