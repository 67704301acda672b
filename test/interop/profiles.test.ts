import { createRefreshServer, hashPassword, type ProfileName } from '@token-manager/refresh-server'
import { jsonTransport, type SessionPolicy } from '@token-manager/sdk'
import {
  checkPolicy,
  generalWardPolicy,
  icuPolicy,
  longLivedPolicy,
  outpatientPolicy,
  researchPolicy,
  webAppPolicy,
} from '@token-manager/sdk/policies'
import { expect, onTestFinished, test } from 'vitest'

// A hash that costs next to nothing: signing in is not what is tested here.
const passwordHash = await hashPassword('amara-pw', { ln: 4, r: 1, p: 1 })
const users = [{ username: 'amara', name: 'Amara', roles: ['clinician'], passwordHash }]

// What was rounded on the way violates nothing.
const MINUTE_MS = 60_000

const pairs: ReadonlyArray<[ProfileName, SessionPolicy]> = [
  ['icu', icuPolicy],
  ['general-ward', generalWardPolicy],
  ['outpatient', outpatientPolicy],
  ['research', researchPolicy],
  ['web-app', webAppPolicy],
  ['long-lived', longLivedPolicy],
]

test.each(pairs)(
  "%s: the server's lifetimes are the longest that the policy of that name allows",
  async (profile, policy) => {
    const server = createRefreshServer({ users, profile })
    onTestFinished(() => server.close())
    const { url } = await server.listen()
    const answer = await fetch(`${url}/auth/cookie/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'amara', password: 'amara-pw' }),
    })
    const { accessLifetimeMs } = jsonTransport({ baseUrl: url }).parse(await answer.json())
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('refresh_token=')) ?? ''
    const refreshLifetimeMs = Number(/Max-Age=(\d+)/.exec(cookie)?.[1]) * 1_000
    expect(checkPolicy(policy, { accessLifetimeMs, refreshLifetimeMs })).toEqual([])
    expect(checkPolicy(policy, { accessLifetimeMs: accessLifetimeMs + MINUTE_MS })).not.toEqual([])
    expect(checkPolicy(policy, { refreshLifetimeMs: refreshLifetimeMs + MINUTE_MS })).not.toEqual([])
  },
)
