// @vitest-environment node
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createKy } from '../src/http/ky.ts'
import { cookieTransport, createTokenManager, jsonTransport, memoryStore, webStore } from '../src/index.ts'

const url = 'https://clinic.example/auth/refresh'
const create = (members = {}) => createTokenManager({ transport: jsonTransport({ url }), ...members })
const network = vi.fn<typeof fetch>()

beforeEach(() => {
  vi.stubGlobal('fetch', network)
  network.mockReset()
})

describe('where there is no page', () => {
  it('there is no window in this test', () => {
    expect(typeof window).toBe('undefined')
  })

  it('creating touches nothing, and nobody is signed in', async () => {
    const before = Reflect.ownKeys(globalThis)
    vi.useFakeTimers()
    const tokens = create({ transport: cookieTransport({ url }), store: webStore('local') })
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
    expect(await tokens.start()).toMatchObject({ status: 'signed-out', signedOutReason: 'no-session' })
    expect(tokens.isAuthenticated()).toBe(false)
    expect(tokens.peekAccessToken()).toBeUndefined()
    expect(Reflect.ownKeys(globalThis)).toEqual(before)
    expect(network).not.toHaveBeenCalled()
  })

  it('two renderings share nothing', () => {
    expect(create()).not.toBe(create())
  })

  it('a session that is set there is nobody’s', async () => {
    const store = memoryStore()
    const tokens = create({ store })
    expect(await tokens.setSession({ access: 'a', refresh: 'r', expires_in: 900 })).toMatchObject({
      status: 'signed-out',
    })
    expect(await store.load()).toBeUndefined()
  })

  it('calls that need a token say that there is none, others pass', async () => {
    const tokens = create()
    const none = { code: 'signed_out', reason: 'no-session' }
    await expect(tokens.getAccessToken()).rejects.toMatchObject(none)
    await expect(tokens.refreshAccessToken()).rejects.toMatchObject(none)
    network.mockResolvedValue(new Response('ok'))
    expect(await (await tokens.fetch('https://elsewhere.example/')).text()).toBe('ok')
  })

  it('a request that would carry the token is refused, as in a page', async () => {
    network.mockResolvedValue(new Response('ok'))
    const tokens = create({ allowedOrigins: ['https://api.example'] })
    await expect(tokens.fetch('https://api.example/')).rejects.toMatchObject({ code: 'signed_out' })
    await expect(createKy(tokens).get('https://api.example/').text()).rejects.toMatchObject({ code: 'signed_out' })
  })

  it('activity, subscriptions and dispose() do no harm', async () => {
    const tokens = create()
    const stop = tokens.subscribe(() => {})
    tokens.extendSession()
    tokens.acknowledgeIdentity()
    stop()
    await tokens.dispose()
    await expect(tokens.getAccessToken()).rejects.toMatchObject({ code: 'disposed' })
  })

  it('a login page to go to is no reason for an unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (reason) => unhandled.push(reason))
    await create({ login: { url: '/login' } }).start()
    await new Promise((resolve) => setTimeout(resolve, 0))
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
    expect(unhandled).toEqual([])
  })

  it('signing out sends nothing', async () => {
    const transport = jsonTransport({ url, revokeUrl: 'https://clinic.example/auth/logout' })
    network.mockResolvedValue(new Response('{}'))
    await create({ transport }).signOut()
    expect(network).not.toHaveBeenCalled()
  })
})

describe('in a worker', () => {
  beforeEach(() => {
    vi.stubGlobal('WorkerGlobalScope', class {})
    vi.stubGlobal('location', new URL('https://clinic.example/worker.js'))
    onTestFinished(() => void vi.unstubAllGlobals())
  })
  const refusal = { code: 'invalid_option', message: expect.stringContaining('pages') }
  const url = 'https://clinic.example/api'

  it('creating does no harm, and nothing that needs a page is ignored in silence', async () => {
    network.mockResolvedValue(new Response('ok'))
    const tokens = create()
    const calls = [
      ...[tokens.start(), tokens.setSession({ access: 'a', refresh: 'r', expires_in: 900 }), tokens.signOut()],
      ...[tokens.getAccessToken(), tokens.refreshAccessToken(), tokens.fetch(url), tokens.fetch('/api')],
      ...[tokens.authorize(new Request(url)), createKy(tokens).get(url).text()],
    ]
    for (const call of calls) await expect(call).rejects.toMatchObject(refusal)
    expect(network).not.toHaveBeenCalled()
    expect(tokens.isAuthenticated()).toBe(false)
    await tokens.dispose()
  })

  it('requests to other origins pass', async () => {
    network.mockResolvedValue(new Response('ok'))
    expect(await (await create().fetch('https://elsewhere.example/')).text()).toBe('ok')
  })

  it('a server that calls itself a worker stays one', async () => {
    vi.stubGlobal('location', undefined)
    expect(await create().start()).toMatchObject({ status: 'signed-out' })
  })
})
