import { expect, it } from 'vitest'
import { createGrants } from '../../src/runtime/grants.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { createFakeClock } from '../support/clock.ts'
import { createFakeRandom } from '../support/ports.ts'
import { MINUTE, NOON } from '../support/sessions.ts'

const tokens = { accessToken: 'a', accessLifetimeMs: 15 * MINUTE }
const terms = { epoch: 1, generation: 1, commitId: 'key', first: true, sentAt: NOON }
const create = () =>
  createGrants({ clock: createFakeClock(), random: createFakeRandom(0) }, { policy: DEFAULT_POLICY }, { check() {} })

it('a sign-in gets a name of its own, and a refresh keeps that of its session', () => {
  const grants = create()
  expect(grants.grant(tokens, terms).sid).not.toBe(grants.grant(tokens, terms).sid)
  expect(grants.grant(tokens, { ...terms, sid: 's', generation: 2, first: false })).toMatchObject({
    sid: 's',
    generation: 2,
    committedAt: NOON,
    accessExpiresAt: NOON + 15 * MINUTE,
  })
})
