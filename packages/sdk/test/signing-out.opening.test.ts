import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createTokenManager, type TokenManagerOptions, webStore } from '../src/index.ts'
import { resolveOptions } from '../src/options.ts'
import { createPage } from '../src/platform/page.ts'
import type { RefreshTransport } from '../src/ports.ts'
import { memoryStore } from '../src/stores/memory.ts'
import { wireTokenManager } from '../src/token-manager.ts'
import { watch } from './support/ports.ts'
import { HOUR, MINUTE, SECOND } from './support/sessions.ts'
import { createEndpoint, hang, LOGIN, pass, signIn, useVirtualTime } from './support/tokens.ts'

const STEADY = { jitterRatio: 0 }
const offline = () => Promise.reject(new Error('offline'))
const BY_COOKIE = { refreshTokenIn: 'cookie', revoke: offline } as const

/** One page after another, each of them disposed of before the next one opens. */
async function inPage<T>(
  options: Partial<TokenManagerOptions>,
  use: (page: ReturnType<typeof open>) => Promise<T>,
  transport?: Partial<RefreshTransport>,
): Promise<T> {
  const page = open(options, transport)
  const result = await use(page)
  const gone = page.tokens.dispose()
  await pass(MINUTE)
  await gone
  return result
}

function open(options: Partial<TokenManagerOptions>, transport?: Partial<RefreshTransport>) {
  const endpoint = createEndpoint(transport)
  const network = async () => new Response('{}')
  const tokens = createTokenManager({
    name: 'opening',
    transport: endpoint,
    policy: STEADY,
    fetch: network,
    ...options,
  })
  return { endpoint, tokens }
}

describe('in a page that has just opened, signing out', () => {
  beforeEach(useVirtualTime)

  async function signedInBefore(store = webStore('local')) {
    await inPage({ store }, async ({ tokens }) => {
      await pass(3 * SECOND)
      await tokens.setSession(LOGIN)
    })
    return store
  }

  it('tells the endpoint of the token that only the store has', async () => {
    const store = await signedInBefore()
    await inPage({ store }, async ({ tokens, endpoint }) => {
      const done = watch(tokens.signOut())
      const request = watch(tokens.fetch('/api'))
      expect(tokens.isAuthenticated()).toBe(false)
      await pass(MINUTE)
      expect(done.settled).toBe(true)
      expect(request.error).toMatchObject({ code: 'signed_out', reason: 'user' })
      expect(endpoint.revoked).toEqual(['SECRET-refresh-1'])
      expect(endpoint.asked).toEqual([])
      expect(await store.load('any')).toBeUndefined()
    })
  })

  it('happens at once all the same where the page is left', async () => {
    const store = await signedInBefore()
    await inPage({ store: { ...store, load: () => new Promise(() => {}) } }, async ({ tokens }) => {
      await pass(0)
      watch(tokens.signOut())
      await pass(0)
      window.dispatchEvent(new Event('pagehide'))
      await pass(0)
      expect(tokens.getSnapshot()).toMatchObject({ signedOutReason: 'user' })
    })
  })

  it('ends nothing that has begun meanwhile', async () => {
    const store = await signedInBefore()
    await inPage({ store }, async ({ tokens }) => {
      watch(tokens.signOut())
      await tokens.setSession({ ...LOGIN, accessToken: 'SECRET-new' })
      await pass(MINUTE)
      expect(tokens.peekAccessToken()).toBe('SECRET-new')
    })
  })

  it('says that nobody is told of it where somebody signs in before the token is found', async () => {
    const store = await signedInBefore()
    await inPage({ store }, async ({ tokens }) => {
      watch(tokens.signOut())
      await tokens.setSession({ ...LOGIN, refreshToken: 'SECRET-new' })
      await pass(MINUTE)
      expect(tokens.getEvents().filter(({ type }) => type === 'revocation-lost')).toHaveLength(1)
    })
  })

  it('is remembered where the storage is full: no record is longer than the one before', async () => {
    await inPage(
      {},
      async ({ tokens }) => {
        await pass(5 * SECOND)
        await tokens.setSession(LOGIN)
        const real = localStorage
        vi.stubGlobal('localStorage', {
          getItem: (key: string) => real.getItem(key),
          setItem(key: string, value: string) {
            if (value.length > (real.getItem(key) ?? '').length) throw new DOMException('full', 'QuotaExceededError')
            real.setItem(key, value)
          },
        })
        watch(tokens.signOut())
        await pass(10 * SECOND)
      },
      BY_COOKIE,
    )
    vi.unstubAllGlobals()
    const status = await inPage(
      {},
      async ({ tokens }) => {
        await pass(10 * SECOND)
        return tokens.getSnapshot().status
      },
      BY_COOKIE,
    )
    expect(status).toBe('signed-out')
  })
})

describe('in a tab beside others', () => {
  function openTab(namespace: string, store = memoryStore()) {
    const endpoint = createEndpoint()
    const options = resolveOptions({ transport: endpoint, policy: STEADY, store })
    const ports = createPage({ namespace, isolated: false, store, fetch: undefined })
    return { endpoint, tokens: wireTokenManager(options, ports, namespace) }
  }

  it('that has not heard of them yet, tells the endpoint of the token that they have', async () => {
    const one = openTab('others')
    await one.tokens.start()
    await one.tokens.setSession(LOGIN)
    const two = openTab('others')
    await two.tokens.signOut()
    await expect.poll(() => one.tokens.getSnapshot().status).toBe('signed-out')
    expect([...one.endpoint.revoked, ...two.endpoint.revoked]).toEqual(['SECRET-refresh-1'])
    await Promise.all([one.tokens.dispose(), two.tokens.dispose()])
  })

  it('before it has heard of them, leaves it to them where somebody signs in at once', async () => {
    const one = openTab('signing in at once')
    await one.tokens.start()
    await one.tokens.setSession(LOGIN)
    const two = openTab('signing in at once')
    watch(two.tokens.signOut())
    await two.tokens.setSession({ ...LOGIN, accessToken: 'SECRET-new', refreshToken: 'SECRET-other' })
    await expect.poll(() => [...one.endpoint.revoked, ...two.endpoint.revoked]).toEqual(['SECRET-refresh-1'])
    expect([one, two].map(({ tokens }) => tokens.peekAccessToken())).toEqual(['SECRET-new', 'SECRET-new'])
    await Promise.all([one.tokens.dispose(), two.tokens.dispose()])
  })

  it('scenario 18: that has their tokens, happens at once although its store hangs', async () => {
    const one = openTab('hung store')
    await one.tokens.start()
    await one.tokens.setSession(LOGIN)
    const two = openTab('hung store', { ...memoryStore(), load: hang })
    watch(two.tokens.start())
    await expect.poll(() => two.tokens.isAuthenticated()).toBe(true)
    const done = two.tokens.signOut()
    expect(two.tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
    await done
    expect([...one.endpoint.revoked, ...two.endpoint.revoked]).toEqual(['SECRET-refresh-1'])
    await Promise.all([one.tokens.dispose(), two.tokens.dispose()])
  })
})

describe('a page that is done with', () => {
  beforeEach(useVirtualTime)

  it('tells the endpoint of its sign-out before it goes', async () => {
    const page = await signIn()
    watch(page.tokens.signOut())
    await page.tokens.dispose()
    expect(page.endpoint.revoked).toEqual(['SECRET-refresh-1'])
  })

  it.each(['onSignedOut', 'during a refresh'])('leaves no timer where the endpoint is away: %s', async (when) => {
    const page = await signIn({}, { revoke: offline })
    let answer = (): void => {}
    if (when === 'onSignedOut') page.tokens.onSignedOut(() => void page.tokens.dispose())
    else {
      page.endpoint.respond = () =>
        new Promise((resolve) => {
          answer = () => resolve({ kind: 'tokens', tokens: LOGIN })
        })
      watch(page.tokens.refreshAccessToken())
      await pass(SECOND)
    }
    watch(page.tokens.signOut())
    const gone = page.tokens.dispose()
    answer()
    await pass(MINUTE)
    await gone
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not begin to make up for a revocation', async () => {
    await inPage(
      {},
      async ({ tokens }) => {
        await pass(5 * SECOND)
        await tokens.setSession(LOGIN)
        watch(tokens.signOut())
        await pass(10 * SECOND)
      },
      BY_COOKIE,
    )
    let tries = 0
    const revoke = () => {
      tries++
      return offline()
    }
    const load = () => new Promise((resolve) => setTimeout(resolve, SECOND))
    const store = { load, save: async () => {}, clear: async () => {} }
    await inPage({ store }, () => pass(100), { refreshTokenIn: 'cookie', revoke })
    await pass(HOUR)
    expect([tries, vi.getTimerCount()]).toEqual([0, 0])
  })

  it('scenario 18: a revocation that never settles does not hold up the next', async () => {
    let tries = 0
    const revoke = () => (++tries === 1 ? new Promise<void>(() => {}) : Promise.resolve())
    const page = await signIn({}, { refreshTokenIn: 'cookie', revoke })
    watch(page.tokens.signOut())
    await pass(HOUR)
    await page.tokens.setSession(LOGIN)
    watch(page.tokens.signOut())
    await pass(HOUR)
    expect(tries).toBeGreaterThan(1)
  })
})
