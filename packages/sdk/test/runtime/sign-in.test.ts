import { expect, it } from 'vitest'
import { createGrants } from '../../src/runtime/grants.ts'
import { createStore } from '../../src/runtime/session-store.ts'
import { createSignIn } from '../../src/runtime/sign-in.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { createFakeClock } from '../support/clock.ts'
import { createFakeRandom } from '../support/ports.ts'
import { MINUTE, signedIn } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

function create() {
  const done: string[] = []
  const ports = { clock: createFakeClock(), random: createFakeRandom(0) }
  const store = createStore(signedIn())
  const check = () => void done.push('check')
  const signIn = createSignIn(
    ports,
    { transport },
    {
      store,
      persistence: { session: { settled: async () => void done.push('stored') } },
      peers: { syncLedger: () => void done.push('ledger') },
      limits: { checkBeforeShowing: () => void done.push('limits') },
      grants: createGrants(ports, { policy: DEFAULT_POLICY }, { check }),
    },
  )
  return { store, signIn, done }
}

it('begins a session after the newest that is known, and settles once it is stored', async () => {
  const { store, signIn, done } = create()
  await signIn.run({ accessToken: 'a', accessLifetimeMs: 15 * MINUTE })
  expect(store.state.session).toMatchObject({ epoch: 2, generation: 1, accessToken: 'a' })
  expect(done).toEqual(['ledger', 'limits', 'check', 'stored'])
})

it('a sign-in by the server leaves the session to the refresh cookie', () => {
  const { store, signIn } = create()
  signIn.runByCookie('login')
  expect(store.state).toMatchObject({ phase: 'loading', ledger: { epoch: 2, generation: 0 } })
})
