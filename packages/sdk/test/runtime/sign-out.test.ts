import { expect, it } from 'vitest'
import { createStore } from '../../src/runtime/session-store.ts'
import { createSignOut } from '../../src/runtime/sign-out.ts'
import { initialState, type State } from '../../src/session/state.ts'
import { createFakeClock } from '../support/clock.ts'
import { createFakePage } from '../support/ports.ts'
import { aLedger, aSession, NOON, signedIn } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

function create(state: State) {
  const store = createStore(state)
  const signOut = createSignOut(
    { clock: createFakeClock(), environment: createFakePage() },
    { transport: { ...transport, revoke: async () => {} } },
    {
      store,
      persistence: { session: { settled: async () => {} } },
      peers: { syncLedger() {} },
      revoker: { firstAttemptDone: () => undefined },
    },
  )
  return { store, signOut, reason: () => store.state.ledger?.signedOut?.reason }
}

it('ends the session within the call', () => {
  const { signOut, reason } = create(signedIn())
  void signOut.run('idle', async () => {})
  expect(reason()).toBe('idle')
})

it('a page that has just opened blocks the session, and ends it once its tokens are known', async () => {
  const { signOut, store, reason } = create({ ...initialState(true, 'loading'), ledger: aLedger() })
  await signOut.run('user', async () => {
    expect([store.state.signOutPending, reason()]).toEqual([true, undefined])
  })
  expect([store.state.signOutPending, reason()]).toEqual([undefined, 'user'])
})

it('does not end the session of somebody who signs in meanwhile', async () => {
  const { signOut, store, reason } = create({ ...initialState(true, 'loading'), ledger: aLedger() })
  const session = aSession({ epoch: 2, sid: 'next' })
  await signOut.run('user', async () => store.dispatch({ type: 'signed-in', session, now: NOON }))
  expect([store.state.signOutPending, reason(), store.state.session?.sid]).toEqual([undefined, undefined, 'next'])
})
