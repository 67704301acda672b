import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createTokenManager, type TokenManager, type TokenManagerOptions, webStore } from '../src/index.ts'
import { API, createDatedSite, type DatedSite, type DatedSiteOptions, flavours } from './support/dated-site.ts'
import { jwt } from './support/jwt.ts'
import { HOUR, MINUTE, NOON, SECOND } from './support/sessions.ts'
import { pass, useVirtualTime } from './support/tokens.ts'

let sites = 0

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
  localStorage.clear()
})

interface Visit {
  site: DatedSite
  tokens: TokenManager
  signIn(): Promise<void>
}

function visit(
  { flavour = 'simple-jwt', rotates = true, dated = false }: Partial<DatedSiteOptions> = {},
  options: Partial<TokenManagerOptions> = {},
): Visit {
  const site = createDatedSite({ flavour, rotates, dated })
  const tokens = createTokenManager({
    name: `dated-${++sites}`,
    transport: site.transport,
    fetch: site.network,
    policy: { jitterRatio: 0, accessTokenMaxMs: 15 * MINUTE },
    ...options,
  })
  onTestFinished(async () => {
    const gone = tokens.dispose()
    await pass(MINUTE)
    await gone
  })
  return {
    site,
    tokens,
    async signIn() {
      const signedIn = tokens.setSession(site.login())
      await pass(0)
      await signedIn
    },
  }
}

/** A request each minute, for so long; none may carry a token that has expired. */
async function work({ tokens, site }: Visit, ms: number): Promise<void> {
  for (let spentMs = 0; spentMs < ms; spentMs += MINUTE) {
    const answer = tokens.fetch(API)
    await pass(MINUTE)
    expect((await answer).status).toBe(200)
  }
  expect(site.seen).toMatchObject({ unauthorized: 0, late: 0 })
}

const setClock = (byMs: number) => vi.setSystemTime(Date.now() + byMs)

const cases = flavours.flatMap((flavour) =>
  [true, false].flatMap((rotates) => [true, false].map((dated) => ({ flavour, rotates, dated }))),
)

describe('scenario 28: tokens that all have the iat of the refresh token, as those of SimpleJWT', () => {
  it.each(cases)('$flavour, rotation $rotates, a readable Date $dated: a shift of 12 h', async (options) => {
    const page = visit(options)
    await page.signIn()
    await work(page, 12 * HOUR - 10 * MINUTE)
    expect(page.site.seen.refreshes).toBeGreaterThanOrEqual(53)
    expect(page.site.seen.refreshes).toBeLessThanOrEqual(57)
    expect(page.tokens.getEvents().filter(({ type }) => type === 'policy-violation')).toEqual([])
  })

  it.each(cases.filter(({ flavour }) => flavour === 'simple-jwt' || flavour === 'cookie'))(
    'scenario 14: so it is where the clock is wrong, and jumps ($flavour, rotation $rotates, a readable Date $dated)',
    async (options) => {
      const page = visit(options)
      for (const byMs of [HOUR, -2 * HOUR]) {
        setClock(byMs)
        await page.signIn()
        const before = page.site.seen.refreshes
        await work(page, 2 * HOUR)
        for (const jumpMs of [10 * MINUTE, HOUR, -HOUR, 14 * MINUTE]) {
          setClock(jumpMs)
          await work(page, 2 * HOUR)
        }
        // One in a lifetime, and one more at most for each time that the clock is set forward.
        expect(page.site.seen.refreshes - before).toBeLessThanOrEqual((10 * HOUR) / (13 * MINUTE) + 4)
      }
    },
  )
})

describe('a token that was old when it came', () => {
  /** As a cache gives it: made 14 minutes ago. */
  function oldToken(site: DatedSite): object {
    const issued = Math.floor(site.now() / SECOND) - 840
    return { access: jwt({ iat: issued, exp: issued + 900, user_id: 1 }) }
  }

  it.each([
    ['the Date of its answer', true],
    ['the time that has gone by since the answer before', false],
  ])('is good for the minute that is left of it, as shown by %s', async (_, dated) => {
    const page = visit({ rotates: false, dated })
    await page.signIn()
    await work(page, 2 * MINUTE)
    page.site.answer = () => oldToken(page.site)
    const refreshed = page.tokens.refreshAccessToken()
    await pass(SECOND)
    await refreshed
    const { accessExpiresAt = 0 } = page.tokens.getSnapshot()
    expect(Math.abs(accessExpiresAt - Date.now() - MINUTE)).toBeLessThanOrEqual(2 * SECOND)
    page.site.answer = undefined
    await work(page, HOUR)
    expect(page.site.seen.refreshes).toBeLessThanOrEqual(7)
  })
})

describe('a server whose clock is set back, by nearly the lifetime of a token', () => {
  it.each(flavours)(
    'is asked no more often than before, where the Date of its answers can be read (%s)',
    async (flavour) => {
      const page = visit({ flavour, rotates: true, dated: true })
      await page.signIn()
      await work(page, HOUR)
      page.site.passes(-15 * MINUTE + 2 * SECOND)
      const before = page.site.seen.refreshes
      await work(page, 2 * HOUR)
      expect(page.site.seen.refreshes - before).toBeLessThanOrEqual(10)
    },
  )
})

describe('scenario 38: what is known of the server’s clock outlives the page', () => {
  const reopen = async (before: Visit, options: Partial<TokenManagerOptions>): Promise<Visit> => {
    const gone = before.tokens.dispose()
    await pass(MINUTE)
    await gone
    const tokens = createTokenManager({
      transport: before.site.transport,
      fetch: before.site.network,
      policy: { jitterRatio: 0 },
      ...options,
    })
    onTestFinished(async () => {
      const end = tokens.dispose()
      await pass(MINUTE)
      await end
    })
    return { ...before, tokens }
  }

  it.each([
    ['in the ledger, where the refresh token is a cookie', 'cookie', () => ({})],
    ['with the session, in a store', 'simple-jwt', () => ({ store: webStore('local') })],
  ] as const)('%s', async (_, flavour, more) => {
    const options = { name: `reopened-${++sites}`, ...more() }
    let page = visit({ flavour, rotates: false }, options)
    await page.signIn()
    for (const [awayMs, jumpMs] of [
      [0, 0],
      [HOUR, 0],
      [0, 10 * MINUTE],
      [0, HOUR],
    ] as const) {
      await work(page, HOUR)
      setClock(jumpMs + awayMs)
      page.site.passes(awayMs)
      page = await reopen(page, options)
      const answer = page.tokens.fetch(API)
      await pass(SECOND)
      expect((await answer).status).toBe(200)
      // An hour in which there is no page is none that a page could have refreshed in.
      page.site.seen.late = 0
    }
    expect(page.site.seen.refreshes).toBeLessThanOrEqual((4 * HOUR) / (13 * MINUTE) + 8)
  })
})
