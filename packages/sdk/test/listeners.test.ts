import { beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from './support/ports.ts'
import { MINUTE, NOON, SECOND } from './support/sessions.ts'
import { pass, signIn, types, useVirtualTime } from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

describe('scenario 6: listeners', () => {
  it('may throw: the others still hear, and the work goes on', async () => {
    const shown = vi.fn()
    vi.stubGlobal('reportError', shown)
    const page = await signIn()
    const broken = () => {
      throw new Error('broken')
    }
    page.tokens.onEvent(broken)
    page.tokens.onSignedOut(broken)
    page.tokens.subscribe(broken)
    await pass(13 * MINUTE + SECOND)
    await page.tokens.signOut()
    expect(types(page.events)).toEqual(expect.arrayContaining(['refreshed', 'signed-out']))
    expect(shown).toHaveBeenCalledWith(expect.objectContaining({ message: 'broken' }))
  })

  it.each([undefined, null, 'refreshed'])('are refused at once if they are %j', async (listener) => {
    const { tokens } = await signIn()
    for (const name of ['onEvent', 'onSignedOut', 'subscribe'] as const) {
      expect(() => tokens[name](listener as unknown as () => void)).toThrow(
        expect.objectContaining({ code: 'invalid_option', message: 'listener must be a function' }),
      )
    }
  })

  it('may await what they heard of', async () => {
    const { tokens } = await signIn()
    const got: string[] = []
    const stop = tokens.onEvent(async ({ type }) => {
      if (type !== 'refresh-started') return
      stop()
      got.push(await tokens.getAccessToken({ minValidityMs: 6 * MINUTE }), await tokens.refreshAccessToken())
    })
    await pass(14 * MINUTE)
    expect(got).toEqual(['SECRET-access-2', 'SECRET-access-2'])
  })

  it('may ask for a fresh token at every event: the page goes on', async () => {
    vi.stubGlobal('reportError', () => {})
    const { tokens } = await signIn()
    let heard = 0
    tokens.onEvent(() => {
      // Without an end the page hangs here.
      if (++heard > 20_000) throw new Error('no end')
      watch(tokens.refreshAccessToken())
    })
    watch(tokens.refreshAccessToken())
    expect(heard).toBeLessThan(20_000)
  })

  it('that left hear nothing', async () => {
    const { tokens, events } = await signIn()
    const heard: string[] = []
    tokens.onEvent(({ type }) => heard.push(type))()
    tokens.subscribe(() => heard.push('snapshot'))()
    tokens.onSignedOut((reason) => heard.push(reason))()
    await tokens.signOut()
    expect(heard).toEqual([])
    expect(types(events)).toContain('signed-out')
  })
})

describe('the snapshot', () => {
  it('scenario 21: 20 focus changes change nothing and tell nobody', async () => {
    const { tokens, events } = await signIn()
    await pass(MINUTE)
    const before = tokens.getSnapshot()
    const told = events.length
    let updates = 0
    tokens.subscribe(() => updates++)
    for (let i = 0; i < 20; i++) {
      window.dispatchEvent(new Event('focus'))
      document.dispatchEvent(new Event('visibilitychange'))
      await pass(SECOND)
    }
    expect(tokens.getSnapshot()).toBe(before)
    expect([events.length - told, updates]).toEqual([0, 0])
  })

  it('keeps its identity through a burst of requests', async () => {
    const { tokens } = await signIn()
    const before = tokens.getSnapshot()
    await Promise.all(Array.from({ length: 50 }, () => tokens.fetch('/api')))
    expect(tokens.getSnapshot()).toBe(before)
    expect(Object.isFrozen(before)).toBe(true)
  })

  it('keeps its identity when the clock ticks between two looks at it', async () => {
    const { tokens } = await signIn()
    const before = tokens.getSnapshot()
    const { now } = Date
    let ticks = 0
    vi.spyOn(Date, 'now').mockImplementation(() => now() + ticks++)
    expect(tokens.getSnapshot()).toBe(before)
  })

  it('says whether the page is online', async () => {
    const { tokens } = await signIn()
    await pass(0)
    window.dispatchEvent(new Event('offline'))
    expect(tokens.getSnapshot().online).toBe(false)
    window.dispatchEvent(new Event('online'))
    expect(tokens.getSnapshot().online).toBe(true)
  })
})
