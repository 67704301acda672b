import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { memoryStore, type TokenManagerOptions } from '../src/index.ts'
import { leave, type Opened, outcomes, restore } from './support/browser.ts'
import { MINUTE, SECOND } from './support/sessions.ts'
import { createEndpoint, LOGIN, pass, useVirtualTime } from './support/tokens.ts'

beforeEach(useVirtualTime)

/** The refresh token is a cookie, and the endpoint does not hear of the sign-out: only the ledger knows of it. */
const inCookie = (): Partial<TokenManagerOptions> => ({
  store: memoryStore(),
  transport: createEndpoint({ refreshTokenIn: 'cookie', revoke: () => Promise.reject(new Error('503')) }),
})

/** What else the origin keeps leaves no room; the test gives it back. */
function fill(): () => void {
  const real = localStorage
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => real.getItem(key),
    removeItem: (key: string) => real.removeItem(key),
    setItem() {
      throw new DOMException('full', 'QuotaExceededError')
    },
  })
  const empty = () => void vi.stubGlobal('localStorage', real)
  onTestFinished(empty)
  return empty
}

const told = ({ events }: Opened) => events.filter(({ type }) => type === 'capability-degraded').length

async function afterRestart() {
  const { tokens } = await restore(inCookie())
  return tokens.getSnapshot()
}

/** The page crashes: the next one finds what lies in the storage now. */
async function afterCrash(page: Opened, options: Partial<TokenManagerOptions>) {
  const kept = Object.entries({ ...localStorage })
  await leave(page)
  localStorage.clear()
  for (const [key, value] of kept) localStorage.setItem(key, value)
  const { tokens } = await restore(options)
  return tokens.getSnapshot()
}

describe('scenario 54: the storage is full for a moment', () => {
  it('at a sign-out: it holds as soon as there is room, when the page is looked at again', async () => {
    const page = await restore(inCookie())
    await page.tokens.setSession(LOGIN)
    const empty = fill()
    await outcomes([page.tokens.signOut()])
    empty()
    window.dispatchEvent(new Event('focus'))
    await leave(page)
    expect(await afterRestart()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
  })

  it('at a sign-out: it holds when the page is left', async () => {
    const page = await restore(inCookie())
    await page.tokens.setSession(LOGIN)
    const empty = fill()
    await outcomes([page.tokens.signOut()])
    empty()
    window.dispatchEvent(new Event('pagehide'))
    await leave(page)
    expect(await afterRestart()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
  })

  it('before a sign-out: it is kept as any other', async () => {
    const page = await restore(inCookie())
    const empty = fill()
    await page.tokens.setSession(LOGIN)
    empty()
    await pass(MINUTE)
    await outcomes([page.tokens.signOut()])
    await leave(page)
    expect(await afterRestart()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
  })

  it('at a refresh: the session survives a crash, and no refresh token is sent twice', async () => {
    const page = await restore()
    const { tokens, endpoint } = page
    await tokens.setSession(LOGIN)
    const empty = fill()
    await pass(14 * MINUTE)
    empty()
    await pass(MINUTE)
    expect(await afterCrash(page, { transport: endpoint })).toMatchObject({ status: 'active', generation: 2 })
    expect(endpoint.asked.map(({ refreshToken }) => refreshToken)).toEqual(['SECRET-refresh-1'])
  })

  it('is told of once, and again when it comes again', async () => {
    const page = await restore(inCookie())
    for (const times of [1, 2]) {
      const empty = fill()
      await page.tokens.setSession(LOGIN)
      await pass(SECOND)
      await page.tokens.setSession(LOGIN)
      expect(told(page)).toBe(times)
      empty()
      await page.tokens.setSession(LOGIN)
    }
  })
})
