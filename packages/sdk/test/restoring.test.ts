import { beforeEach, describe, expect, it } from 'vitest'
import { memoryStore, type SessionStore, webStore } from '../src/index.ts'
import { leave, open, outcomes, restore, STEADY, signInAndLeave } from './support/browser.ts'
import { HOUR, MINUTE, SECOND } from './support/sessions.ts'
import { createEndpoint, LOGIN, pass, types, useVirtualTime } from './support/tokens.ts'

beforeEach(useVirtualTime)

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

  it('is refreshed for who asks for a fresh token while the page still starts', async () => {
    await signInAndLeave(MINUTE)
    const { tokens, endpoint } = open()
    expect(await outcomes([tokens.refreshAccessToken()])).toEqual(['SECRET-access-2'])
    expect(endpoint.asked).toHaveLength(1)
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

  it('past a limit it is not used either when the store answers so late that nobody waits for it any more', async () => {
    const policy = { ...STEADY, idleTimeoutMs: 5 * MINUTE }
    await signInAndLeave(6 * MINUTE, { policy })
    const store = slow(webStore('local'))
    const { tokens, endpoint, sent } = open({ policy, store })
    await pass(20 * SECOND)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'degraded' })
    const calls = outcomes([tokens.fetch('/api'), tokens.getAccessToken()])
    store.answer()
    for (const error of await calls) expect(error).toMatchObject({ code: 'signed_out', reason: 'idle' })
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

  it('is not waited for when its store hangs: the refresh cookie is asked within the time that a call has', async () => {
    const store = { ...webStore('local'), load: () => new Promise<never>(() => {}) }
    const { tokens, events, sent } = open({ store, transport: createEndpoint({ refreshTokenIn: 'cookie' }) })
    const call = tokens.fetch('/api').then(({ ok }) => ok)
    await pass(15 * SECOND - 1)
    expect(await Promise.race([call, 'waits'])).toBe(true)
    expect(sent).toEqual(['Bearer SECRET-access-2'])
    expect(events).toContainEqual(expect.objectContaining({ detail: 'The store does not answer.' }))
  })

  it('counts on to its limits although the ledger is gone', async () => {
    const policy = { ...STEADY, sessionMaxMs: HOUR }
    const page = open({ policy })
    await pass(SECOND)
    await page.tokens.setSession(LOGIN)
    const { sessionEndsAt } = page.tokens.getSnapshot()
    await pass(30 * MINUTE)
    await leave(page)
    for (const key of Object.keys({ ...localStorage })) if (!key.endsWith(':session')) localStorage.removeItem(key)
    const { tokens } = await restore({ policy })
    expect(tokens.getSnapshot()).toMatchObject({ status: 'active', sessionEndsAt })
    await pass(31 * MINUTE)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'session-limit' })
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

describe('a marker of a transport of one’s own', () => {
  const inCookie = (marker: () => string) => ({
    store: memoryStore(),
    transport: createEndpoint({ refreshTokenIn: 'cookie', marker, revoke: () => Promise.reject(new Error('503')) }),
  })

  it('that throws keeps no refresh from being sent', async () => {
    const options = inCookie(() => {
      throw new Error('SECRET')
    })
    const { tokens } = await restore(options)
    await tokens.setSession(LOGIN)
    const before = options.transport.asked.length
    await pass(14 * MINUTE)
    expect(options.transport.asked).toHaveLength(before + 1)
  })

  it.each([
    ['has letters beyond ASCII', 'é'],
    ['is long', 'x'.repeat(500)],
  ])('that %s keeps no page from reading of a sign-out', async (_, word) => {
    const options = inCookie(() => word)
    const page = await restore(options)
    await page.tokens.setSession(LOGIN)
    await pass(14 * MINUTE)
    await outcomes([page.tokens.signOut()])
    await leave(page)
    const { tokens } = await restore(inCookie(() => word))
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
  })
})
