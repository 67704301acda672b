import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createTokenManager, isTokenManagerError, jsonTransport, memoryStore, webStore } from '../src/index.ts'
import { watch } from './support/ports.ts'
import { MINUTE, SECOND } from './support/sessions.ts'
import { bearer, createEndpoint, hang, LOGIN, openPage, pass, rotated, useVirtualTime } from './support/tokens.ts'

beforeEach(useVirtualTime)

const isolated = { tabs: 'off' } as const

describe('one manager per name in a page', () => {
  it('is the same for the same endpoint, whatever else is asked for', () => {
    const { tokens } = openPage({ name: 'one' })
    expect(createTokenManager({ name: 'one', transport: createEndpoint(), ...isolated, maxQueued: 3 })).toBe(tokens)
    const absolute = createEndpoint({ url: 'http://localhost:3000/auth/refresh' })
    expect(createTokenManager({ name: 'one', transport: absolute })).toBe(tokens)
  })

  it.each([{ url: '/other' }, { kind: 'other' }])('is refused for another endpoint: %j', (other) => {
    openPage({ name: 'one' })
    const create = () => createTokenManager({ name: 'one', transport: createEndpoint(other) })
    expect(create).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('name') }),
    )
  })

  it('is another for another name', () => {
    const { tokens } = openPage({ name: 'one' })
    expect(openPage({ name: 'two' }).tokens).not.toBe(tokens)
  })

  it.each([
    ['cookie', '/auth/refresh', ['cookie']],
    ['cookie', '/elsewhere', []],
    ['body', '/auth/refresh', []],
  ] as const)(
    'of two whose refresh token is a %s, the second tells that they share it (%s)',
    async (refreshTokenIn, url, told) => {
      openPage({ name: 'one' }, { refreshTokenIn })
      const { events } = openPage({ name: 'two' }, { refreshTokenIn, url })
      await pass(SECOND)
      expect(events.flatMap((event) => (event.type === 'capability-degraded' ? [event.capability] : []))).toEqual(told)
    },
  )

  it('bad options are told before anything is done', () => {
    const { tokens } = openPage({ name: 'one' })
    expect(() => createTokenManager({ name: 'one', transport: createEndpoint(), maxQueued: -1 })).toThrow(/maxQueued/)
    expect(createTokenManager({ name: 'one', transport: createEndpoint() })).toBe(tokens)
  })

  it('is found by a second copy of the SDK, whose guard knows its errors', async () => {
    const { tokens } = openPage({ name: 'one' })
    vi.resetModules()
    const copy = await import('../src/index.ts')
    expect(copy.createTokenManager).not.toBe(createTokenManager)
    expect(copy.createTokenManager({ name: 'one', transport: createEndpoint() })).toBe(tokens)
    await pass(SECOND)
    const error = await tokens.getAccessToken().catch((reason: unknown) => reason)
    expect([copy.isTokenManagerError(error), isTokenManagerError(error)]).toEqual([true, true])
  })

  it('is a new one after the old one was disposed of', async () => {
    const { tokens } = openPage({ name: 'one' })
    await tokens.dispose()
    const next = openPage({ name: 'one' }).tokens
    expect(next).not.toBe(tokens)
    await next.setSession(LOGIN)
    await tokens.dispose()
    expect(createTokenManager({ name: 'one', transport: createEndpoint() })).toBe(next)
    expect(await next.getAccessToken()).toBe(LOGIN.accessToken)
  })
})

it('scenario 43: the one of a hot reload waits for the refresh of the one before, also without other tabs', async () => {
  const endpoint = createEndpoint()
  const options = { ...isolated, name: 'reloaded', transport: endpoint, store: webStore('session') }
  const before = createTokenManager(options)
  await pass(3 * SECOND)
  await before.setSession(LOGIN)
  let answer = (): void => {}
  endpoint.respond = () =>
    new Promise((resolve) => {
      answer = () => resolve(rotated(2))
    })
  watch(before.refreshAccessToken())
  await pass(SECOND)
  const gone = before.dispose()
  const after = createTokenManager(options)
  const token = watch(after.refreshAccessToken())
  await pass(2 * SECOND)
  answer()
  await pass(5 * SECOND)
  await gone
  expect(endpoint.asked.map(({ refreshToken }) => refreshToken)).toEqual(['SECRET-refresh-1'])
  expect(token.value).toBe('SECRET-access-2')
  const end = after.dispose()
  await pass(MINUTE)
  await end
})

it('goes over the network, where the page’s fetch is that of another manager', async () => {
  const sent: Request[] = []
  const answer: typeof fetch = async (input, init) => {
    sent.push(new Request(input, init))
    return Response.json({ access: 'SECRET-b2', refresh: 'SECRET-rb2', expires_in: 900 })
  }
  vi.stubGlobal('fetch', answer)
  const first = createTokenManager({ ...isolated, name: 'first', transport: createEndpoint() })
  await first.setSession(LOGIN)
  vi.stubGlobal('fetch', first.fetch)
  const second = createTokenManager({
    ...isolated,
    name: 'second',
    transport: jsonTransport({ url: '/other/refresh' }),
  })
  await second.setSession({ access: 'SECRET-b1', refresh: 'SECRET-rb1', expires_in: 900 })
  const token = watch(second.refreshAccessToken())
  await pass(SECOND)
  expect(token.value).toBe('SECRET-b2')
  expect(sent.map(bearer)).toEqual([null])
  const gone = Promise.all([first.dispose(), second.dispose()])
  await pass(MINUTE)
  await gone
  vi.unstubAllGlobals()
})

describe('what it is given', () => {
  it.each([
    ['off', [0, 1]],
    ['auto', [1, 0]],
  ] as const)('with tabs: %s the ledger is in localStorage or sessionStorage: %j', async (tabs, places) => {
    const { tokens } = openPage({ name: 'place', tabs })
    await tokens.setSession(LOGIN)
    expect([localStorage.length, sessionStorage.length]).toEqual(places)
  })

  it('saves the session in its store, and finds it there', async () => {
    const store = memoryStore()
    const { tokens } = openPage({ name: 'kept', store })
    await tokens.setSession(LOGIN)
    await tokens.dispose()
    const next = openPage({ name: 'kept', store }).tokens
    await pass(SECOND)
    expect(next.peekAccessToken()).toBe(LOGIN.accessToken)
  })

  it('without a store keeps the session for the life of the page', async () => {
    const { tokens } = openPage({ name: 'lost' })
    await tokens.setSession(LOGIN)
    await tokens.dispose()
    const next = openPage({ name: 'lost' }).tokens
    await pass(SECOND)
    expect(next.getSnapshot().status).toBe('signed-out')
  })
})

/** Listeners on window and document that were added and not removed. */
function countListeners(): () => number {
  let count = 0
  for (const target of [window, document]) {
    const added = vi.spyOn(target, 'addEventListener').mockImplementation(() => void count++)
    const removed = vi.spyOn(target, 'removeEventListener').mockImplementation(() => void count--)
    onTestFinished(() => {
      added.mockRestore()
      removed.mockRestore()
    })
  }
  return () => count
}

describe('what is left behind', () => {
  it('scenario 22: nothing, after 1,000 times create and dispose', async () => {
    const listeners = countListeners()
    for (let i = 0; i < 1_000; i++) {
      const tokens = createTokenManager({
        name: 'cycle',
        transport: createEndpoint(),
        policy: { idleTimeoutMs: 60_000 },
        ...isolated,
      })
      // Half of them get as far as a session.
      if (i % 2) await tokens.setSession(LOGIN)
      if (i % 4 === 3) await tokens.start()
      await tokens.dispose()
    }
    await pass(0)
    expect(vi.getTimerCount()).toBe(0)
    expect(listeners()).toBe(0)
  })

  it.each(['body', 'cookie'] as const)('scenario 22: no timer, where a store hangs: %s', async (refreshTokenIn) => {
    const { tokens } = openPage({ store: { load: hang, save: hang, clear: hang } }, { refreshTokenIn })
    await pass(SECOND)
    await tokens.dispose()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('scenario 22: no lock of the origin, among many tabs', async () => {
    const listeners = countListeners()
    for (let i = 0; i < 20; i++) {
      const tokens = createTokenManager({ name: 'cycle', transport: createEndpoint() })
      await tokens.setSession(LOGIN)
      const refreshed = tokens.refreshAccessToken()
      await pass(SECOND)
      await refreshed
      await tokens.dispose()
    }
    await pass(MINUTE)
    const { held, pending } = await navigator.locks.query()
    expect([held, pending]).toEqual([[], []])
    expect(listeners()).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('scenario 19: mount, unmount, mount: one start, one request', async () => {
    const listeners = countListeners()
    const unhandled: unknown[] = []
    process.on('unhandledRejection', (reason) => unhandled.push(reason))
    const endpoint = createEndpoint({ refreshTokenIn: 'cookie' })
    const mount = () => createTokenManager({ name: 'strict', transport: endpoint, ...isolated })
    const first = mount()
    void first.dispose()
    const second = mount()
    onTestFinished(() => second.dispose())
    await pass(SECOND)
    expect(second.getSnapshot().status).toBe('active')
    expect(endpoint.asked).toHaveLength(1)
    await pass(20 * SECOND)
    // The locks are real, and on a busy machine they are given back later than virtual time goes on.
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1))
    const once = listeners()
    await second.dispose()
    expect(once).toBeGreaterThan(0)
    expect([listeners(), vi.getTimerCount(), unhandled]).toEqual([0, 0, []])
  })
})
