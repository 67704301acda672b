import { beforeEach, describe, expect, it, vi } from 'vitest'
import { HOUR, MINUTE, NOON, SECOND } from './support/sessions.ts'
import { pass, signIn, types, useVirtualTime } from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

describe('limits', () => {
  const policy = { jitterRatio: 0, idleTimeoutMs: 15 * MINUTE, sessionMaxMs: 12 * HOUR }
  /** The machine slept: the wall clock went on, timers did not. */
  const sleep = (ms: number) => vi.setSystemTime(Date.now() + ms)

  it('warn, and sign out of an idle session', async () => {
    const { tokens, events } = await signIn({ policy })
    await pass(14 * MINUTE + SECOND)
    expect(tokens.getSnapshot().idleWarning).toBe(true)
    await pass(MINUTE)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'idle', idleWarning: false })
    expect(types(events)).toEqual(expect.arrayContaining(['idle-warning', 'idle-cleared', 'signed-out']))
  })

  it('activity and extendSession() count as being there', async () => {
    const { tokens } = await signIn({ policy })
    await pass(14 * MINUTE + SECOND)
    tokens.extendSession()
    expect(tokens.getSnapshot().idleWarning).toBe(false)
    await pass(14 * MINUTE)
    window.dispatchEvent(new Event('keydown'))
    await pass(14 * MINUTE)
    expect(tokens.getSnapshot().status).toBe('active')
    await pass(HOUR)
    expect(tokens.getSnapshot().status).toBe('signed-out')
  })

  it('scenario 30: no request leaves after sleep across the limit', async () => {
    const { tokens, sent } = await signIn({ policy })
    await pass(SECOND)
    sleep(HOUR)
    await expect(tokens.fetch('/api')).rejects.toMatchObject({ code: 'signed_out', reason: 'idle' })
    expect(sent).toEqual([])
  })

  it.each([
    ['the first move of the mouse', () => window.dispatchEvent(new Event('pointermove'))],
    ['a key', () => window.dispatchEvent(new Event('keydown'))],
  ])('scenario 30: %s after sleep across the limit does not revive the session', async (_name, act) => {
    const { tokens } = await signIn({ policy })
    await pass(SECOND)
    sleep(8 * HOUR)
    act()
    expect(tokens.getSnapshot().status).toBe('signed-out')
  })

  it('scenario 30: nor does extendSession()', async () => {
    const { tokens } = await signIn({ policy })
    await pass(SECOND)
    sleep(8 * HOUR)
    tokens.extendSession()
    expect(tokens.getSnapshot().status).toBe('signed-out')
  })

  it('scenario 30: nor is the token shown after sleep across the limit', async () => {
    const { tokens } = await signIn({ policy })
    await pass(SECOND)
    sleep(15 * MINUTE - SECOND - 10)
    expect(tokens.peekAccessToken()).toBe('SECRET-access-1')
    tokens.extendSession()
    await pass(13 * MINUTE)
    sleep(2 * MINUTE)
    expect(tokens.isAuthenticated()).toBe(false)
  })

  it('a refresh neither clears the warning nor repeats it', async () => {
    const { tokens, events } = await signIn({ policy: { ...policy, idleTimeoutMs: 30 * MINUTE } })
    await pass(29 * MINUTE + SECOND)
    const call = tokens.refreshAccessToken()
    await pass(SECOND)
    await call
    expect(tokens.getSnapshot().idleWarning).toBe(true)
    expect(types(events).filter((type) => type === 'idle-warning')).toHaveLength(1)
  })

  it('activity never outlasts the session', async () => {
    const { tokens } = await signIn({ policy })
    for (let i = 0; i < 12 * 6; i++) {
      await pass(10 * MINUTE)
      window.dispatchEvent(new Event('pointerdown'))
    }
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'session-limit' })
  })
})
