import { expect, it } from 'vitest'
import { createGrants } from '../../src/runtime/grants.ts'
import { createSender } from '../../src/runtime/sender.ts'
import { createStore } from '../../src/runtime/session-store.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import type { RefreshOutcome } from '../../src/types.ts'
import { createFakeClock } from '../support/clock.ts'
import { createFakeRandom } from '../support/ports.ts'
import { aLedger, anAttempt, MINUTE, NOON, signedIn } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

const attempt = anAttempt({ expiresAt: NOON + MINUTE })
const target = { epoch: 1, sid: 's', generation: 1, known: 1, over: false }

function send(answer: () => Promise<RefreshOutcome>, isAway = false) {
  const clock = createFakeClock()
  const random = createFakeRandom(0)
  const store = createStore(signedIn({ ledger: aLedger({ attempt }) }))
  const looked: string[] = []
  const sender = createSender(
    { clock, random, fetch },
    { transport: { ...transport, refresh: answer }, policy: DEFAULT_POLICY },
    {
      page: { isAway },
      store,
      peers: { syncBeforeRefresh: async () => void looked.push('peers') },
      limits: { evaluateInformed: () => void looked.push('limits') },
      grants: createGrants({ clock, random }, { policy: DEFAULT_POLICY }, { check() {} }),
    },
  )
  return { sent: sender.send({ attempt, target, refreshToken: 'r' }), store, clock, looked }
}

it('commits what the endpoint granted as the next generation', async () => {
  const tokens = { accessToken: 'a', accessLifetimeMs: 15 * MINUTE, refreshToken: 'r2' }
  const { sent, store } = send(async () => ({ kind: 'tokens', tokens }))
  expect(await sent).toBe(true)
  expect(store.state.session).toMatchObject({ generation: 2, accessToken: 'a', refreshToken: 'r2', commitId: 'key' })
})

it('keeps the session where the endpoint is unavailable, and says when to try again', async () => {
  const { sent, store } = send(async () => ({ kind: 'unavailable', error: 'http_503' }))
  expect(await sent).toBe(false)
  expect(store.state.ledger).toMatchObject({ generation: 1, attempt: { failures: 1 } })
})

it('tells of no failure in a page that is left: nobody here will know the outcome', async () => {
  const { sent, store } = send(async () => ({ kind: 'unavailable', error: 'network' }), true)
  await sent
  expect(store.state.ledger?.attempt).toEqual(attempt)
})

it('looks once more for a newer generation before a rejection ends the session', async () => {
  const { sent, store, looked } = send(async () => ({ kind: 'rejected', error: 'invalid_grant' }))
  await sent
  expect(looked).toEqual(['peers', 'limits'])
  expect(store.state.ledger?.signedOut?.reason).toBe('refresh-rejected')
})

it('gives up an answer that does not come in time, as unavailable', async () => {
  const { sent, store, clock } = send(() => new Promise(() => {}))
  await clock.run(2 * MINUTE)
  expect(await sent).toBe(false)
  expect(store.state.lastRefreshError).toBe('timeout')
})
