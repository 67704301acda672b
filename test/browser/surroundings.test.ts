import { describe, expect } from 'vitest'
import { eventsOf, eventually, refreshRequests, settle, signIn, snapshotOf } from './support/session.ts'
import { test } from './support/test.ts'

/** Makes what a browser may refuse throw, as in private windows, with blocked cookies, or in an old Safari. */
const refusals = {
  storage: () => {
    const get = () => {
      throw new DOMException('Access is denied.', 'SecurityError')
    }
    Object.defineProperty(globalThis, 'localStorage', { get })
    Object.defineProperty(globalThis, 'sessionStorage', { get })
  },
  'storage that is full': () => {
    Storage.prototype.setItem = () => {
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
    }
  },
  locks: () => {
    navigator.locks.request = () => Promise.reject(new DOMException('Access is denied.', 'SecurityError'))
  },
  'locks that are missing': () => {
    Object.defineProperty(navigator, 'locks', { value: undefined })
  },
  channel: () => {
    Object.defineProperty(globalThis, 'BroadcastChannel', {
      value: class {
        constructor() {
          throw new DOMException('Access is denied.', 'SecurityError')
        }
      },
    })
  },
}

describe.concurrent('a browser that refuses', () => {
  for (const [what, refuse] of Object.entries(refusals)) {
    test(`scenario 20: ${what}: signs in, refreshes and signs out in this tab, and says so`, async ({ visit }) => {
      const { page, origin } = await visit({
        manager: { store: 'local' },
        server: { reuse: 'strict' },
        before: (page) => page.addInitScript(refuse),
      })
      await settle(page, origin)
      await signIn(page, { lifetime: 'over' })
      expect(await page.evaluate(() => app.outcomes([app.patients(), app.patients()]))).toEqual({ 200: 2 })
      // Right after a refresh nobody gets another.
      await eventually(async () => {
        await page.evaluate(() => app.tokens.refreshAccessToken())
        expect(await snapshotOf(page)).toMatchObject({ status: 'active', generation: 3 })
      })
      expect(refreshRequests(origin)).toBe(2)
      await page.evaluate(() => app.tokens.signOut())
      expect(await snapshotOf(page)).toMatchObject({ status: 'signed-out' })
      expect(origin.qa.counts()).toMatchObject({ familiesRevoked: 1, reuseEvents: 0 })

      const [name] = what.split(' ')
      const told = (await eventsOf(page)).flatMap((event) =>
        event.type === 'capability-degraded' ? [event.capability] : [],
      )
      expect(told.filter((capability) => capability === name)).toHaveLength(1)
    })
  }
})

/** The page's own script in a dedicated worker, past the page's Trusted Types. */
function startWorker(): void {
  const { trustedTypes } = globalThis as unknown as {
    trustedTypes: { createPolicy(name: string, rules: object): { createScriptURL(url: string): URL } }
  }
  const policy = trustedTypes.createPolicy('worker', { createScriptURL: (url: string) => url })
  new Worker(policy.createScriptURL('/page.js'), { type: 'module' })
}

describe.concurrent('an app that does unusual things', () => {
  test('scenario 43: window.fetch = tokens.fetch: no deadlock; a worker of the page gets no session', async ({
    visit,
  }) => {
    const { page, origin } = await visit({ server: { reuse: 'strict' } })
    await settle(page, origin)
    const outcomes = await page.evaluate(async () => {
      globalThis.fetch = app.tokens.fetch
      await app.signIn({ lifetime: 'over' })
      return app.outcomes(Array.from({ length: 5 }, () => fetch('/api/ward/patients')))
    })
    expect(outcomes).toEqual({ 200: 5 })
    await page.evaluate(() => app.tokens.signOut())
    // Nobody is signed in: it goes out as it is.
    expect(await page.evaluate(() => app.outcomes([fetch('/api/ward/patients')]))).toEqual({ 401: 1 })
    expect(origin.seen.at(-1)).toMatchObject({ path: '/api/ward/patients', authorization: undefined })
    expect(origin.qa.counts()).toMatchObject({
      endpoints: { refresh: { requests: 1 }, logout: { statuses: { 204: 1 } } },
    })

    const requests = origin.seen.length
    const [worker] = await Promise.all([page.waitForEvent('worker'), page.evaluate(startWorker)])
    await eventually(async () => expect(await worker.evaluate(() => 'app' in globalThis)).toBe(true))
    const refused = await worker.evaluate(() => {
      const { tokens } = app
      const session = { access: 'an.access.token', refresh: 'a-refresh-token', expires_in: 900 }
      return app.outcomes([tokens.start(), tokens.setSession(session), tokens.getAccessToken(), app.patients()])
    })
    expect(refused).toEqual({ invalid_option: 4 })
    expect(origin.seen).toHaveLength(requests)
  })

  test('scenario 43: two apps of one origin with different endpoints: no mix', async ({ visit }) => {
    const { page, origin } = await visit({ server: { reuse: 'strict' } })
    await settle(page, origin)
    await signIn(page)
    const statuses = await page.evaluate(async () => {
      const other = app.create({ flavour: 'cookie', options: { name: 'other' } })
      await other.start()
      await app.signIn({ username: 'ben', tokens: other })
      await Promise.all([app.tokens.refreshAccessToken(), other.refreshAccessToken()])
      await Promise.all([app.patients(), other.fetch('/api/ward/patients?of=other')])
      await app.tokens.signOut()
      return [app.tokens.getSnapshot().status, other.getSnapshot().status]
    })
    expect(statuses).toEqual(['signed-out', 'active'])
    const calls = origin.seen.filter(({ path }) => path.startsWith('/api/'))
    const claims = calls.map(({ authorization }) => authorization?.split('.')[1] ?? '')
    const users = claims.map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()).sub)
    expect(users).toEqual(['amara', 'ben'])
    expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 2 }, apiUnauthorized: 0, reuseEvents: 0 })
  })
})

test('a page that another origin embeds says that its storage and locks may be its own', async ({ visit }) => {
  const { page, origin } = await visit()
  const toldIn = async (embedding: string) => {
    await page.goto(`${embedding}/embedding`)
    const [frame] = page.mainFrame().childFrames()
    await frame?.evaluate(() => app.tokens.start())
    const events = await frame?.evaluate(() => app.tokens.getEvents())
    return events?.flatMap((event) => (event.type === 'capability-degraded' ? [event.capability] : []))
  }
  expect(await toldIn(origin.url)).toEqual([])
  expect(await toldIn(origin.url.replace('127.0.0.1', 'elsewhere.localhost'))).toEqual(['partition'])
})

test('scenario 21: the snapshot is the same object until something changes', async ({ visit }) => {
  const { page } = await visit()
  await signIn(page)
  const others = await page.evaluate(() => {
    const first = app.tokens.getSnapshot()
    return Array.from({ length: 300_000 }, app.tokens.getSnapshot).filter((snapshot) => snapshot !== first).length
  })
  expect(others).toBe(0)
})

test('scenario 22: 1,000 create and dispose cycles leave no timer, listener or lock', async ({ visit }) => {
  const { page, context } = await visit({
    before: (page) =>
      page.addInitScript(() => {
        const pending = new Set<unknown>()
        const { setTimeout, clearTimeout } = globalThis
        globalThis.pendingTimers = () => pending.size
        const set = (callback: () => void, ms?: number) => {
          const timer = setTimeout(() => {
            pending.delete(timer)
            callback()
          }, ms)
          pending.add(timer)
          return timer
        }
        const clear = (timer?: number) => {
          pending.delete(timer)
          clearTimeout(timer)
        }
        Object.assign(globalThis, { setTimeout: set, clearTimeout: clear })
      }),
  })
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable')
  const count = async () => {
    await session.send('HeapProfiler.collectGarbage')
    const { metrics } = await session.send('Performance.getMetrics')
    const listeners = metrics.find(({ name }) => name === 'JSEventListeners')?.value
    return page.evaluate(async (listeners) => {
      const { held = [], pending = [] } = await navigator.locks.query()
      return { listeners, timers: pendingTimers(), locks: held.length + pending.length }
    }, listeners)
  }
  const cycle = (times: number) =>
    page.evaluate(async (times) => {
      const session = { access: 'an.access.token', refresh: 'a-refresh-token', expires_in: 60 }
      for (let n = 0; n < times; n++) {
        const tokens = app.create({ options: { name: `cycle ${n}`, policy: { idleTimeoutMs: 600_000 } } })
        const stops = [tokens.subscribe(() => {}), tokens.onEvent(() => {})]
        if (n % 2) await tokens.setSession(session)
        await tokens.start()
        for (const stop of n % 3 ? stops : []) stop()
        await tokens.dispose()
      }
    }, times)

  await page.evaluate(() => app.tokens.start())
  // The first one may leave what the browser keeps once and for all.
  await cycle(1)
  const before = await count()
  await cycle(1_000)
  expect(await count()).toEqual(before)
})
