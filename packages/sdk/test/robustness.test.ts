import { beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from './support/ports.ts'
import { HOUR, MINUTE, NOON, SECOND } from './support/sessions.ts'
import { contents, LOGIN, openPage, pass, rotated, signIn, types, useVirtualTime } from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

const hang = () => new Promise<never>(() => {})
const codeOf = (error: unknown) => (error as { code?: string } | undefined)?.code

describe('bad input', () => {
  it('a login answer that is none leaves the session before as it is', async () => {
    const { tokens } = await signIn(
      {},
      {
        parse: (response) => {
          if (response === 'junk') throw Object.assign(new Error('bad'), { code: 'invalid_response' })
          return response as typeof LOGIN
        },
      },
    )
    const before = tokens.getSnapshot()
    await expect(tokens.setSession('junk')).rejects.toMatchObject({ code: 'invalid_response' })
    expect(tokens.getSnapshot()).toBe(before)
  })

  it.each([true, false])('an outcome that is none is no reason to spin (replays: %s)', async (replays) => {
    const { endpoint } = await signIn({}, { replays })
    endpoint.respond = () => (endpoint.asked.length > 200 ? hang() : Promise.resolve(undefined as never))
    await pass(13 * MINUTE + 10 * SECOND)
    expect(endpoint.asked.length).toBeLessThan(10)
  })

  it('a lifetime that is no number is no reason to spin', async () => {
    const { endpoint } = await signIn()
    endpoint.respond = async () => rotated(2, { accessLifetimeMs: Number.NaN })
    const set = vi.spyOn(globalThis, 'setTimeout')
    await pass(13 * MINUTE + 10 * SECOND)
    const timers = set.mock.calls.length
    set.mockRestore()
    expect(timers).toBeLessThan(100)
  })

  it.each([Number.NaN, undefined, Number.POSITIVE_INFINITY, -1])(
    'a login answer whose lifetime comes to %s is none',
    async (accessLifetimeMs) => {
      const { tokens } = openPage({}, { parse: () => ({ ...LOGIN, accessLifetimeMs }) as typeof LOGIN })
      await expect(tokens.setSession({})).rejects.toMatchObject({ code: 'invalid_response' })
    },
  )

  it('a Retry-After that is no number is no reason to spin', async () => {
    const { endpoint } = await signIn()
    endpoint.respond = async () => ({ kind: 'unavailable', error: 'http_429', retryAfterMs: Number.NaN })
    const set = vi.spyOn(globalThis, 'setTimeout')
    await pass(13 * MINUTE + 2 * SECOND)
    const timers = set.mock.calls.length
    set.mockRestore()
    expect(timers).toBeLessThan(100)
  })

  it('tokens without an access token are none, where it is to be sent as a header', async () => {
    const { tokens, endpoint } = await signIn()
    endpoint.respond = async () => rotated(2, { accessToken: undefined as never })
    const call = watch(tokens.refreshAccessToken())
    await pass(20 * SECOND)
    expect(codeOf(call.error)).toBe('refresh_unavailable')
  })

  it('a transport that throws is an endpoint that can not be reached', async () => {
    const { tokens, endpoint } = await signIn()
    endpoint.respond = () => {
      throw new Error('broken')
    }
    await pass(13 * MINUTE + 10 * SECOND)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'degraded', lastError: 'refresh_unavailable' })
    expect(endpoint.asked.length).toBeLessThan(10)
  })
})

describe('after dispose()', () => {
  it('calls reject, those that wait too', async () => {
    const { tokens, endpoint } = await signIn()
    endpoint.respond = hang
    await pass(HOUR)
    const waiting = watch(tokens.getAccessToken())
    void tokens.dispose()
    const calls: Promise<unknown>[] = [
      tokens.getAccessToken(),
      tokens.refreshAccessToken(),
      tokens.setSession(LOGIN),
      tokens.signOut(),
      tokens.start(),
      tokens.fetch('/api'),
      tokens.authorize(new Request('/api')),
    ]
    const outcomes = [waiting, ...calls.map((call) => watch(call))]
    await pass(0)
    expect(outcomes.map(({ error }) => codeOf(error))).toEqual(Array(8).fill('disposed'))
  })

  it('no token is handed out any more, not even a valid one', async () => {
    const { tokens } = await signIn()
    await tokens.dispose()
    await expect(tokens.getAccessToken()).rejects.toMatchObject({ code: 'disposed' })
  })

  it('a refresh that was sent is seen through: its answer may be the only valid token', async () => {
    let saved: unknown
    const store = {
      load: async () => saved,
      async save(record: unknown) {
        saved = record
      },
      clear: async () => {},
    }
    const { tokens, endpoint } = await signIn({ store })
    let answer = () => {}
    endpoint.respond = () =>
      new Promise((resolve) => {
        answer = () => resolve(rotated(2))
      })
    watch(tokens.refreshAccessToken())
    await pass(SECOND)
    const gone = watch(tokens.dispose())
    await pass(SECOND)
    expect(gone.settled).toBe(false)
    answer()
    await pass(SECOND)
    expect(gone.settled).toBe(true)
    expect(saved).toMatchObject({ generation: 2, refreshToken: 'SECRET-refresh-2' })
  })
})

it('nothing that it tells, shows, or leaves in web storage holds a token', async () => {
  const { tokens, events, endpoint } = await signIn()
  endpoint.respond = async () => ({ kind: 'unavailable', error: 'http_503' })
  await pass(14 * MINUTE)
  endpoint.respond = async () => rotated(2)
  await pass(20 * MINUTE)
  await tokens.fetch('/api')
  const told = [events, tokens.getEvents(), tokens.getSnapshot(), tokens.getMetrics(), tokens.getDiagnostics()]
  expect(JSON.stringify([told, contents(sessionStorage), contents(localStorage)])).not.toContain('SECRET')
  expect(types(events)).toEqual(expect.arrayContaining(['refresh-failed', 'refreshed']))
  expect(contents(sessionStorage)).toHaveLength(1)
})
