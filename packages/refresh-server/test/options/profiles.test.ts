import { decodeJwt } from 'jose'
import { expect, it } from 'vitest'
import { dataOf } from '../support/session-service.ts'
import { bearer, json, listenTestServer, MINUTE_MS, START_AT, tokensOf } from '../support/test-server.ts'

const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

it.each([
  ['icu', 5 * MINUTE_MS, 8 * HOUR_MS, 8 * HOUR_MS],
  ['general-ward', 15 * MINUTE_MS, 12 * HOUR_MS, 12 * HOUR_MS],
  ['outpatient', 20 * MINUTE_MS, 16 * HOUR_MS, 16 * HOUR_MS],
  ['research', 30 * MINUTE_MS, 24 * HOUR_MS, 24 * HOUR_MS],
  ['web-app', 15 * MINUTE_MS, 7 * DAY_MS, 7 * DAY_MS],
  ['long-lived', 2 * HOUR_MS, 30 * DAY_MS, 90 * DAY_MS],
] as const)('%s: what its tokens and sessions last', async (...[profile, accessMs, refreshMs, sessionMs]) => {
  const { get, post, reasonFor, clock } = await listenTestServer({ profile })
  const answer = await post('/auth/login', { username: 'amara', password: 'amara-pw' })
  expect((await json(answer.clone())).expires_in).toBe(accessMs / 1_000)
  const { access, refresh } = await tokensOf(answer)
  const { exp, iat } = decodeJwt(access)
  expect((exp ?? 0) - (iat ?? 0)).toBe(accessMs / 1_000)
  const { sessions } = await dataOf(await get('/api/token/sessions', bearer(access)))
  expect(sessions).toMatchObject([{ createdAt: START_AT, expiresAt: START_AT + sessionMs }])
  clock.now += refreshMs
  expect(await reasonFor(refresh)).toBe('expired')
  clock.now -= 1
  expect(await reasonFor(refresh)).toBe('ok')
})

it('an explicit lifetime overrides the profile', async () => {
  const { post } = await listenTestServer({ profile: 'icu', accessLifetimeMs: MINUTE_MS })
  const answer = await post('/auth/login', { username: 'amara', password: 'amara-pw' })
  expect((await json(answer)).expires_in).toBe(60)
})
