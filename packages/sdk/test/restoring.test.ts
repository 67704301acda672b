import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createTokenManager, type SessionStore, type TokenManagerOptions, webStore } from '../src/index.ts'
import type { SessionEvent } from '../src/types.ts'
import { HOUR, MINUTE, SECOND } from './support/sessions.ts'
import { createEndpoint, type FakeEndpoint, LOGIN, pass, types, useVirtualTime } from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  localStorage.clear()
})

const STEADY = { jitterRatio: 0 }

interface Opened {
  tokens: ReturnType<typeof createTokenManager>
  endpoint: FakeEndpoint
  events: SessionEvent[]
  /** The authorization of what left. */
  sent: Array<string | null>
}

/** A page of one browser: what the one before stored is still there. */
function open(options: Partial<TokenManagerOptions> = {}): Opened {
  const endpoint = createEndpoint()
  const sent: Array<string | null> = []
  const tokens = createTokenManager({
    transport: endpoint,
    store: webStore('local'),
    policy: STEADY,
    fetch: async (input, init) => {
      sent.push(new Request(input, init).headers.get('authorization'))
      return new Response('{}')
    },
    ...options,
  })
  const events: SessionEvent[] = []
  tokens.onEvent((event) => events.push(event))
  onTestFinished(async () => {
    const gone = tokens.dispose()
    await pass(MINUTE)
    await gone
  })
  return { tokens, endpoint, events, sent }
}

/** The same, once it knows whether there is a session. */
async function restore(options: Partial<TokenManagerOptions> = {}): Promise<Opened> {
  const page = open(options)
  await pass(3 * SECOND)
  return page
}

/** What becomes of calls that do not wait for anything. */
async function outcomes(calls: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = Promise.all(calls.map((call) => call.catch((error: unknown) => error)))
  await pass(3 * SECOND)
  return settled
}

async function leave({ tokens }: Opened): Promise<void> {
  const gone = tokens.dispose()
  await pass(SECOND)
  await gone
}

/** Signs in, closes the page, and lets time pass. */
async function signInAndLeave(awayMs: number, options: Partial<TokenManagerOptions> = {}): Promise<void> {
  const page = open(options)
  await pass(SECOND)
  await page.tokens.setSession(LOGIN)
  await leave(page)
  await pass(awayMs)
}

/** The store's answer comes when a test lets it. */
function slow(store: SessionStore): SessionStore & { answer(): void } {
  let answer = () => {}
  const asked = new Promise<void>((resolve) => {
    answer = resolve
  })
  return { ...store, load: (namespace) => asked.then(() => store.load(namespace)), answer: () => answer() }
}

describe('a session restored from a store', () => {
  it('is as old as its sign-in, for the figures and for the alert of one that is too long', async () => {
    await signInAndLeave(13 * HOUR)
    const { tokens, events } = await restore()
    expect(tokens.getMetrics().sessionDurationMs).toBeGreaterThan(13 * HOUR)
    expect(events.filter((event) => event.type === 'alert').map(({ name }) => name)).toEqual(['session-too-long'])
  })

  it('is used as it is while its token is good', async () => {
    await signInAndLeave(MINUTE)
    const { tokens, endpoint, events } = await restore()
    expect(tokens.getSnapshot()).toMatchObject({ status: 'active', generation: 1 })
    expect(await tokens.getAccessToken()).toBe(LOGIN.accessToken)
    expect(endpoint.asked).toEqual([])
    expect(events).toContainEqual(expect.objectContaining({ type: 'restored', from: 'store' }))
  })

  it('is refreshed before it is used once its token has expired', async () => {
    await signInAndLeave(HOUR)
    const { tokens, endpoint, sent } = open()
    await outcomes([tokens.fetch('/api')])
    expect(sent).toEqual(['Bearer SECRET-access-2'])
    expect(endpoint.asked).toEqual([expect.objectContaining({ refreshToken: LOGIN.refreshToken })])
  })

  it.each([
    ['idle', { ...STEADY, idleTimeoutMs: 5 * MINUTE }, 'idle'],
    ['absolute', { ...STEADY, sessionMaxMs: 5 * MINUTE }, 'session-limit'],
  ])(
    'past its %s limit it is signed out although its token is good, and no request leaves',
    async (_, policy, reason) => {
      await signInAndLeave(6 * MINUTE, { policy })
      const { tokens, endpoint, sent } = open({ policy })
      const calls = [tokens.fetch('/api'), tokens.getAccessToken(), tokens.refreshAccessToken()]
      for (const error of await outcomes(calls)) expect(error).toMatchObject({ code: 'signed_out', reason })
      expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: reason })
      expect([...endpoint.asked, ...sent]).toEqual([])
      expect(JSON.stringify({ ...localStorage })).not.toContain('SECRET')
    },
  )

  it('past a limit it is not used either when the store answers after everyone was told to wait no longer', async () => {
    const policy = { ...STEADY, idleTimeoutMs: 5 * MINUTE }
    await signInAndLeave(6 * MINUTE, { policy })
    const store = slow(webStore('local'))
    const { tokens, endpoint, sent } = open({ policy, store })
    await pass(14 * SECOND)
    const calls = outcomes([tokens.fetch('/api'), tokens.getAccessToken()])
    await pass(2 * SECOND)
    store.answer()
    for (const error of await calls) expect(error).toMatchObject({ code: 'signed_out' })
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'idle' })
    expect([...endpoint.asked, ...sent]).toEqual([])
  })

  it('that was signed out meanwhile stays so, although the store would not let go of it', async () => {
    const store: SessionStore = { ...webStore('local'), clear: () => Promise.reject(new Error('stuck')) }
    const page = open({ store })
    await page.tokens.setSession(LOGIN)
    await outcomes([page.tokens.signOut()])
    await leave(page)
    expect(JSON.stringify({ ...localStorage })).toContain('SECRET')

    const { tokens, endpoint, sent } = open()
    expect(await outcomes([tokens.fetch('/api')])).toEqual([expect.objectContaining({ code: 'signed_out' })])
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
    expect([...endpoint.asked, ...sent]).toEqual([])
    expect(JSON.stringify({ ...localStorage })).not.toContain('SECRET')
  })

  it.each(['{', '"SECRET"', '{"v":1,"accessToken":"SECRET-access-1"}', 'null?', '[]'])(
    'that is none (%s) is discarded with an event, and nobody is signed in',
    async (junk) => {
      await signInAndLeave(MINUTE)
      const key = Object.keys({ ...localStorage }).find((name) => name.endsWith(':session')) ?? ''
      localStorage.setItem(key, junk)
      const { tokens, events, sent } = open()
      expect(await outcomes([tokens.fetch('/api')])).toEqual([expect.objectContaining({ code: 'signed_out' })])
      expect(sent).toEqual([])
      expect(localStorage.getItem(key)).toBeNull()
      expect(types(events).filter((type) => type === 'capability-degraded')).toHaveLength(1)
      expect(JSON.stringify(events)).not.toContain('SECRET')
    },
  )

  it('is not taken for one of another manager of the origin', async () => {
    await signInAndLeave(MINUTE)
    const byName = await restore({ name: 'other' })
    expect(byName.tokens.getSnapshot()).toMatchObject({ status: 'signed-out' })
    const byEndpoint = await restore({ transport: createEndpoint({ url: '/lab/refresh' }) })
    expect(byEndpoint.tokens.getSnapshot()).toMatchObject({ status: 'signed-out' })
    await byName.tokens.setSession({ ...LOGIN, accessToken: 'SECRET-access-other' })
    await outcomes([byName.tokens.signOut()])
    await leave(byEndpoint)
    const { tokens } = await restore()
    expect(await tokens.getAccessToken()).toBe(LOGIN.accessToken)
  })

  it('does not take the place of a sign-in that did not wait for it', async () => {
    await signInAndLeave(MINUTE)
    localStorage.removeItem(Object.keys({ ...localStorage }).find((name) => !name.endsWith(':session')) ?? '')
    const store = slow(webStore('local'))
    const { tokens } = open({ store })
    await tokens.setSession({ ...LOGIN, subject: 'ben', accessToken: 'SECRET-access-ben' })
    store.answer()
    await pass(SECOND)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'active', subject: 'ben' })
    expect(await tokens.getAccessToken()).toBe('SECRET-access-ben')
  })
})

describe('a store that takes its time', () => {
  const inSecond = <T>(run: () => Promise<T>) => new Promise<void>((resolve) => setTimeout(resolve, SECOND)).then(run)
  const late = (): SessionStore => {
    const store = webStore('local')
    return {
      ...store,
      save: (record, namespace) => inSecond(() => store.save(record, namespace)),
      clear: (namespace) => inSecond(() => store.clear(namespace)),
    }
  }
  const stored = () => JSON.stringify({ ...localStorage }).includes('SECRET')

  it('has the session when setSession() settles, and has it no more when signOut() does', async () => {
    const { tokens } = open({ store: late() })
    const settled: string[] = []
    const signingIn = tokens.setSession(LOGIN).then(() => settled.push(`signed in, stored: ${stored()}`))
    expect(tokens.isAuthenticated()).toBe(true)
    await pass(SECOND)
    await signingIn
    const signingOut = tokens.signOut().then(() => settled.push(`signed out, stored: ${stored()}`))
    expect(tokens.isAuthenticated()).toBe(false)
    await pass(SECOND)
    await signingOut
    expect(settled).toEqual(['signed in, stored: true', 'signed out, stored: false'])
  })

  it('keeps nobody waiting for ever', async () => {
    const never = () => new Promise<never>(() => {})
    const { tokens, events } = open({ store: { load: never, save: never, clear: never } })
    const signingIn = tokens.setSession(LOGIN)
    await pass(5 * SECOND)
    expect(await signingIn).toMatchObject({ status: 'active' })
    const signingOut = tokens.signOut()
    await pass(10 * SECOND)
    await signingOut
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'capability-degraded',
        capability: 'store',
        detail: 'The store does not answer.',
      }),
    )
  })
})
