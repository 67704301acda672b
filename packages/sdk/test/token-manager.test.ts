import { beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from './support/ports.ts'
import { MINUTE, NOON, SECOND } from './support/sessions.ts'
import { LOGIN, openPage, pass, rotated, signIn, types, useVirtualTime } from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

const hang = () => new Promise<never>(() => {})
const codeOf = (error: unknown) => (error as { code?: string } | undefined)?.code

describe('starting', () => {
  it('happens by itself in the next task, and says so', async () => {
    const { tokens, events } = openPage()
    expect(tokens.getSnapshot()).toMatchObject({ status: 'starting' })
    await pass(0)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'never-signed-in' })
    expect(events.at(-1)).toMatchObject({ type: 'started', status: 'signed-out' })
  })

  it('scenario 34: restores from the refresh cookie', async () => {
    const { tokens, endpoint } = openPage({}, { refreshTokenIn: 'cookie' })
    expect(await tokens.start()).toMatchObject({ status: 'active', subject: 'amara', generation: 1 })
    expect(endpoint.asked).toHaveLength(1)
    expect(endpoint.asked[0]).not.toHaveProperty('refreshToken')
  })

  it('is over at the latest after maxWaitMs, degraded, and goes on restoring', async () => {
    let answer = () => {}
    const { tokens, endpoint } = openPage({ maxWaitMs: 5 * SECOND }, { refreshTokenIn: 'cookie' })
    endpoint.respond = () =>
      new Promise((resolve) => {
        answer = () => resolve(rotated(1))
      })
    const start = watch(tokens.start())
    await pass(5 * SECOND - 1)
    expect(start.settled).toBe(false)
    await pass(10)
    expect(start.value?.status).toBe('degraded')
    answer()
    await pass(10)
    expect(tokens.getSnapshot().status).toBe('active')
  })

  it('that is cut short by dispose() settles', async () => {
    const { tokens } = openPage({ store: { load: hang, save: async () => {}, clear: async () => {} } })
    const start = watch(tokens.start())
    await pass(SECOND)
    void tokens.dispose()
    await pass(MINUTE)
    expect(start.settled).toBe(true)
  })

  it('with a store that hangs ends degraded: nobody knows that there is no session', async () => {
    const { tokens } = openPage({ store: { load: hang, save: async () => {}, clear: async () => {} } })
    const start = watch(tokens.start())
    await pass(16 * SECOND)
    expect(start.value?.status).toBe('degraded')
  })
})

describe('tokens', () => {
  it('are handed out as long as they live, and refreshed before that', async () => {
    const { tokens, endpoint } = await signIn()
    expect(await tokens.getAccessToken()).toBe('SECRET-access-1')
    expect(tokens.peekAccessToken()).toBe('SECRET-access-1')
    await pass(13 * MINUTE - 1)
    expect(endpoint.asked).toHaveLength(0)
    await pass(10)
    expect(await tokens.getAccessToken()).toBe('SECRET-access-2')
    expect(endpoint.asked[0]?.refreshToken).toBe('SECRET-refresh-1')
  })

  it('scenario 4: a timer and 20 callers share one request', async () => {
    const { tokens, endpoint } = await signIn()
    await pass(13 * MINUTE - 1)
    const calls = Array.from({ length: 20 }, () => tokens.refreshAccessToken())
    await pass(50)
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['SECRET-access-2']))
    expect(endpoint.asked).toHaveLength(1)
  })

  it('that expired are not given, and the call waits', async () => {
    const { tokens, endpoint } = await signIn()
    endpoint.respond = hang
    await pass(15 * MINUTE)
    expect(tokens.peekAccessToken()).toBeUndefined()
    const call = watch(tokens.getAccessToken())
    await pass(15 * SECOND)
    expect(codeOf(call.error)).toBe('refresh_unavailable')
  })

  it('a call may ask for more validity', async () => {
    const { tokens, endpoint } = await signIn()
    await pass(10 * MINUTE)
    expect(await tokens.getAccessToken({ minValidityMs: MINUTE })).toBe('SECRET-access-1')
    const call = tokens.getAccessToken({ minValidityMs: 6 * MINUTE })
    await pass(SECOND)
    expect(await call).toBe('SECRET-access-2')
    expect(endpoint.asked).toHaveLength(1)
  })

  it('a call may be aborted', async () => {
    const { tokens, endpoint } = await signIn()
    endpoint.respond = hang
    const controller = new AbortController()
    const call = watch(tokens.refreshAccessToken({ signal: controller.signal }))
    controller.abort('went on')
    await pass(0)
    expect(call.error).toBe('went on')
  })

  it('in a cookie can not be handed out', async () => {
    const { tokens } = openPage({}, { accessTokenIn: 'cookie', refreshTokenIn: 'cookie' })
    await expect(tokens.getAccessToken()).rejects.toMatchObject({ code: 'invalid_option' })
    await tokens.setSession({ ...LOGIN, accessToken: undefined })
    expect(tokens.isAuthenticated()).toBe(true)
    const call = tokens.refreshAccessToken()
    await pass(SECOND)
    expect(typeof (await call)).toBe('string')
  })

  it('without a refresh token live on when a fresh one is asked for', async () => {
    const { tokens } = openPage()
    await tokens.setSession({ ...LOGIN, refreshToken: undefined })
    const call = watch(tokens.refreshAccessToken())
    await pass(20 * SECOND)
    expect(codeOf(call.error)).toBe('refresh_unavailable')
    expect(tokens.getSnapshot().status).toBe('active')
  })
})

describe('scenario 28', () => {
  it('a shift of 12 h: 57 refreshes from the first on, no interruption, one login', async () => {
    const { tokens, endpoint, events } = await signIn({ policy: { jitterRatio: 0.05 } })
    let missing = 0
    for (let minute = 0; minute < 12 * 60; minute++) {
      await pass(MINUTE)
      if (tokens.peekAccessToken() === undefined) missing++
    }
    expect(missing).toBe(0)
    expect(endpoint.asked.length).toBeGreaterThanOrEqual(55)
    expect(endpoint.asked.length).toBeLessThanOrEqual(59)
    expect(types(events).filter((type) => type === 'signed-in')).toHaveLength(1)
  })
})

describe('signing out', () => {
  it('clears at once, tells why, and tells the endpoint', async () => {
    const { tokens, endpoint } = await signIn()
    const reasons: string[] = []
    tokens.onSignedOut((reason) => reasons.push(reason))
    const done = tokens.signOut()
    expect([tokens.isAuthenticated(), tokens.peekAccessToken(), reasons]).toEqual([false, undefined, ['user']])
    await done
    expect(endpoint.revoked).toEqual(['SECRET-refresh-1'])
    await expect(tokens.getAccessToken()).rejects.toMatchObject({ code: 'signed_out', reason: 'user' })
  })

  it('scenario 18: during a refresh: the late answer brings nothing back, and is revoked', async () => {
    const { tokens, endpoint } = await signIn()
    let answer = () => {}
    endpoint.respond = () =>
      new Promise((resolve) => {
        answer = () => resolve(rotated(2))
      })
    watch(tokens.refreshAccessToken())
    await pass(SECOND)
    void tokens.signOut()
    expect(endpoint.revoked).toEqual([])
    answer()
    await pass(MINUTE)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
    expect(new Set(endpoint.revoked)).toEqual(new Set(['SECRET-refresh-1', 'SECRET-refresh-2']))
  })

  it('waits at most 3 s for an endpoint that does not answer', async () => {
    const { tokens } = await signIn({}, { revoke: hang })
    const done = watch(tokens.signOut())
    await pass(3 * SECOND - 1)
    expect(done.settled).toBe(false)
    await pass(1)
    expect(done.settled).toBe(true)
  })
})
