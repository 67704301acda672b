import { beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from './support/ports.ts'
import { HOUR, MINUTE, NOON, SECOND } from './support/sessions.ts'
import { codeOf, hang, LOGIN, openPage, pass, rotated, signIn, types, useVirtualTime } from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

describe('starting', () => {
  it('happens by itself in the next task, and says so', async () => {
    const { tokens, events } = openPage()
    expect(tokens.getSnapshot()).toMatchObject({ status: 'starting' })
    await pass(0)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'no-session' })
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

  it('is over by then also where a store hangs first, and the endpoint is slow after that', async () => {
    const { tokens, endpoint } = openPage(
      { store: { load: hang, save: async () => {}, clear: async () => {} } },
      { refreshTokenIn: 'cookie' },
    )
    endpoint.respond = hang
    const start = watch(tokens.start())
    await pass(15 * SECOND + 100)
    expect(start.value?.status).toBe('degraded')
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

  it('that expired are not given; the call waits, and what it waited for in vain shows', async () => {
    const { tokens, endpoint } = await signIn()
    endpoint.respond = hang
    await pass(13 * MINUTE + 30 * SECOND)
    expect(tokens.getSnapshot().status).toBe('active')
    const call = watch(tokens.getAccessToken({ minValidityMs: 7 * MINUTE }))
    await pass(15 * SECOND)
    expect(codeOf(call.error)).toBe('refresh_unavailable')
    expect(tokens.getSnapshot()).toMatchObject({ status: 'degraded', lastError: 'refresh_unavailable' })
    endpoint.respond = async () => rotated(2)
    await pass(2 * MINUTE)
    expect(tokens.getSnapshot().status).toBe('active')
    expect(tokens.getSnapshot().lastError).toBeUndefined()
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

  it('nothing is done for a call that was aborted before', async () => {
    const { tokens, endpoint } = await signIn()
    const signal = AbortSignal.abort('left')
    await expect(tokens.getAccessToken({ signal })).rejects.toBe('left')
    await expect(tokens.refreshAccessToken({ signal })).rejects.toBe('left')
    await pass(SECOND)
    expect(endpoint.asked).toEqual([])
  })

  it.each([Number.NaN, -1, '5', null])('are not asked for with a validity of %s', async (minValidityMs) => {
    const { tokens } = await signIn()
    await expect(tokens.getAccessToken({ minValidityMs: minValidityMs as number })).rejects.toMatchObject({
      code: 'invalid_option',
      message: 'options.minValidityMs must be a number from 0',
    })
  })

  it.each([
    [{ minValidity: 60_000 }, /^options.minValidity is unknown/],
    [60_000, /^options must be an object/],
    [{ signal: 'x' }, /^options.signal must be an AbortSignal/],
  ])('are not asked for with %j', async (options, message) => {
    const { tokens } = await signIn()
    const refused = { code: 'invalid_option', message: expect.stringMatching(message) }
    await expect(tokens.getAccessToken(options as object)).rejects.toMatchObject(refused)
  })

  it.each([60_000, { signal: 'x' }])('fresh ones are not asked for with %j', async (options) => {
    const { tokens, endpoint } = await signIn()
    await expect(tokens.refreshAccessToken(options as object)).rejects.toMatchObject({ code: 'invalid_option' })
    expect(endpoint.asked).toEqual([])
  })

  it.each([undefined, null, '/api/x', new URL('https://app.example.com/api/x')])(
    'are not put on %s, which is no Request',
    async (request) => {
      const { tokens } = await signIn()
      await expect(tokens.authorize(request as unknown as Request)).rejects.toMatchObject({
        code: 'invalid_option',
        message: 'request must be a Request',
      })
    },
  )

  it('scenario 14: are fresh when a fresh one is asked for, also after the clock was set back', async () => {
    const { tokens, endpoint } = await signIn()
    const first = tokens.refreshAccessToken()
    await pass(SECOND)
    await first
    vi.setSystemTime(Date.now() - HOUR)
    const second = tokens.refreshAccessToken()
    await pass(SECOND)
    expect(await second).toBe('SECRET-access-3')
    expect(endpoint.asked).toHaveLength(2)
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
