import { beforeEach, describe, expect, it, vi } from 'vitest'
import { decodeClaims } from '../src/codec/token-response.ts'
import { jsonTransport, simpleJwtTransport } from '../src/index.ts'
import { jwt } from './support/jwt.ts'
import { HOUR, MINUTE, NOON, SECOND } from './support/sessions.ts'
import { openPage, pass, types, useVirtualTime } from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

const seconds = (at: number) => Math.floor(at / SECOND)
const expired = jwt({ sub: 'amara', iat: seconds(NOON - HOUR), exp: seconds(NOON - HOUR / 2) })

/** The app's own network: what left, and an endpoint that grants a good token. */
function openWithNetwork() {
  const sent: Array<[path: string, authorization: string | null, body: string]> = []
  const network: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const { pathname } = new URL(request.url)
    sent.push([pathname, request.headers.get('authorization'), await request.text()])
    return Response.json({ access: 'fresh', refresh: 'r2', expires_in: 900 })
  }
  const page = openPage({ transport: jsonTransport({ url: '/auth/refresh' }), fetch: network })
  return { ...page, sent }
}

describe('scenario 52: setSession with what an app had stored before it migrated', () => {
  it.each([
    ['a JWT that has expired', { access: expired, refresh: 'r1' }],
    ['one whose answer gave it a lifetime', { access: expired, refresh: 'r1', expires_in: 1_800 }],
    ['an opaque token with nothing left', { access: 'opaque', refresh: 'r1', expires_in: 0 }],
    ['one that ended a while ago', { access: 'opaque', refresh: 'r1', expires_in: '-1800' }],
  ])('signs in with %s after one refresh, for which calls wait', async (_, stored) => {
    const { tokens, sent, events } = openWithNetwork()
    expect(await tokens.setSession(stored)).toMatchObject({ status: 'active' })
    expect([tokens.isAuthenticated(), tokens.peekAccessToken()]).toEqual([true, undefined])
    const calls = [tokens.fetch('/api').then(({ ok }) => ok), tokens.getAccessToken()]
    await pass(SECOND)
    expect(await Promise.all(calls)).toEqual([true, 'fresh'])
    expect(sent).toEqual([
      ['/auth/refresh', null, '{"refresh":"r1"}'],
      ['/api', 'Bearer fresh', ''],
    ])
    expect(types(events)).not.toContain('refresh-failed')
  })

  it('refreshes at once, also when no call waits', async () => {
    const { tokens, sent } = openWithNetwork()
    await tokens.setSession({ access: expired, refresh: 'r1' })
    await pass(SECOND)
    expect(tokens.peekAccessToken()).toBe('fresh')
    expect(sent).toHaveLength(1)
  })

  it.each([{ access: jwt({ exp: seconds(NOON - HOUR) }) }, { access: 'opaque', expires_in: 0 }])(
    'refuses %j, which nothing can renew',
    async (stored) => {
      const { tokens } = openWithNetwork()
      await expect(tokens.setSession(stored)).rejects.toMatchObject({ code: 'invalid_response' })
    },
  )
})

describe('scenario 52: setSession with tokens of SimpleJWT, which all have the iat of a sign-in 10 hours ago', () => {
  const iat = seconds(NOON - 10 * HOUR)
  const refresh = jwt({ user_id: 1, iat, exp: iat + 86_400 })
  const lastsFor = (ms: number) => jwt({ user_id: 1, iat, exp: seconds(Date.now() + ms) })

  it.each([
    ['expires in 5 minutes', 5 * MINUTE],
    ['has just been renewed', 15 * MINUTE],
    ['has expired', -MINUTE],
  ])('hands out no token that has expired, where the stored one %s', async (_, leftMs) => {
    let refreshes = 0
    const network: typeof fetch = async () => {
      refreshes++
      return Response.json({ access: lastsFor(15 * MINUTE) })
    }
    const { tokens } = openPage({ transport: simpleJwtTransport({ url: '/auth/refresh/' }), fetch: network })
    await tokens.setSession({ access: lastsFor(leftMs), refresh })
    for (let i = 0; i < 120; i++) {
      const claims = decodeClaims(await tokens.getAccessToken())
      expect(Number(claims?.exp)).toBeGreaterThan(seconds(Date.now()))
      await pass(MINUTE)
    }
    expect(refreshes).toBeLessThanOrEqual(11)
  })
})
