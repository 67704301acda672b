import { describe, expect } from 'vitest'
import { eventsOf, eventTypesOf, refreshRequests, settle, signIn, snapshotOf } from './support/session.ts'
import { test } from './support/test.ts'

const bearer = (token: string | undefined) => `Bearer ${token}`

describe.concurrent('many calls at once', () => {
  test('scenario 4: a timer and 20 callers: one request, 21 equal results', async ({ visit }) => {
    const { page, origin } = await visit({
      manager: { options: { policy: { jitterRatio: 0 } } },
      server: { reuse: 'strict', accessLifetimeMs: 3_000 },
    })
    await settle(page, origin)
    await signIn(page)
    const tokens = await page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const stop = app.tokens.onEvent((event) => {
            if (event.type !== 'refresh-started' || event.trigger !== 'timer') return
            stop()
            const callers = Array.from({ length: 20 }, (_, caller) =>
              caller % 2 ? app.tokens.refreshAccessToken() : app.tokens.getAccessToken({ minValidityMs: 60_000 }),
            )
            resolve(Promise.all(callers))
          })
        }),
    )
    const current = await page.evaluate(() => app.tokens.peekAccessToken())
    expect(tokens).toEqual(Array(20).fill(current))
    expect(refreshRequests(origin)).toBe(1)
  })

  test('scenario 6: a listener that awaits tokens in the middle of a refresh: all settle', async ({ visit }) => {
    const { page, origin } = await visit({ server: { reuse: 'strict' } })
    await settle(page, origin)
    const outcomes = await page.evaluate(async () => {
      const { tokens } = app
      const calls: Promise<unknown>[] = []
      tokens.onEvent(async ({ type }) => {
        if (type !== 'refresh-started') return
        const both = Promise.all([tokens.getAccessToken(), tokens.refreshAccessToken()])
        calls.push(both.then(([token]) => token))
        await both
      })
      await app.signIn({ lifetime: 'over' })
      await tokens.getAccessToken()
      return app.outcomes(calls)
    })
    expect(outcomes).toEqual({ token: 1 })
    expect(refreshRequests(origin)).toBe(1)
  })

  test('scenario 16: 50 parallel 401s, one after another: one refresh, 50 replays, no failure', async ({ visit }) => {
    const { page, origin } = await visit({ server: { reuse: 'strict' } })
    await settle(page, origin)
    await signIn(page)
    const old = bearer(await page.evaluate(() => app.tokens.peekAccessToken()))
    origin.refused.add(old)
    // Six connections: the answers come in groups, over about two seconds.
    const outcomes = await page.evaluate(() =>
      app.outcomes(Array.from({ length: 50 }, (_, n) => app.tokens.fetch(`/fixture/ward?afterMs=230&n=${n}`))),
    )
    expect(outcomes).toEqual({ 200: 50 })
    expect(refreshRequests(origin)).toBe(1)
    const types = await eventTypesOf(page)
    expect(types.filter((type) => type === 'request-replayed')).toHaveLength(50)
    const requests = origin.seen.filter(({ path }) => path.startsWith('/fixture/ward'))
    expect(requests.filter(({ authorization }) => authorization === old)).toHaveLength(50)
    expect(requests).toHaveLength(100)
  })

  test('scenario 16: a body is sent again, by ky too', async ({ visit }) => {
    const { page, origin } = await visit({ server: { reuse: 'strict' } })
    await settle(page, origin)
    await signIn(page)
    origin.refused.add(bearer(await page.evaluate(() => app.tokens.peekAccessToken())))
    const outcomes = await page.evaluate(() =>
      app.outcomes([
        app.tokens.fetch('/fixture/ward?by=fetch', { method: 'POST', body: 'a note' }),
        app.tokens.fetch(new Request('/fixture/ward?by=request', { method: 'POST', body: 'a note' })),
        app.createKy(app.tokens).post('/fixture/ward?by=ky', { body: 'a note', retry: { methods: ['post'] } }),
      ]),
    )
    expect(outcomes).toEqual({ 200: 3 })
    expect(refreshRequests(origin)).toBe(1)
    const bodies = origin.seen.filter(({ path }) => path.startsWith('/fixture/ward')).map(({ body }) => body)
    expect(bodies).toEqual(Array(6).fill('a note'))
  })

  test('scenario 32: 200 requests at once with an expired token: one refresh, 200 answers', async ({ visit }) => {
    const { page, origin } = await visit({ server: { reuse: 'strict' } })
    await settle(page, origin)
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 500 })
    const outcomes = await page.evaluate(async () => {
      await app.signIn({ lifetime: 'over' })
      return app.outcomes(Array.from({ length: 200 }, (_, n) => app.tokens.fetch(`/fixture/ward?n=${n}`)))
    })
    expect(outcomes).toEqual({ 200: 200 })
    expect(refreshRequests(origin)).toBe(1)
    const current = bearer(await page.evaluate(() => app.tokens.peekAccessToken()))
    const requests = origin.seen.filter(({ path }) => path.startsWith('/fixture/ward'))
    expect(requests.map(({ authorization }) => authorization)).toEqual(Array(200).fill(current))
    expect(await snapshotOf(page)).toMatchObject({ generation: 2 })
  })

  test('scenario 32: 1,000 calls wait, those beyond fail at once', async ({ visit }) => {
    const { page, origin } = await visit({ server: { reuse: 'strict' } })
    await settle(page, origin)
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 500 })
    const { beyond, queued, waiting } = await page.evaluate(async () => {
      await app.signIn({ lifetime: 'over' })
      const calls = Array.from({ length: 1_050 }, () => app.tokens.getAccessToken())
      return {
        beyond: await app.outcomes(calls.slice(1_000)),
        queued: app.tokens.getDiagnostics().queued,
        waiting: await app.outcomes(calls.slice(0, 1_000)),
      }
    })
    expect(beyond).toEqual({ queue_full: 50 })
    expect(queued).toBe(1_000)
    expect(waiting).toEqual({ token: 1_000 })
    expect(refreshRequests(origin)).toBe(1)
    // One event for all that came together, however many they were.
    const told = (await eventsOf(page)).filter(({ type }) => type.startsWith('request-'))
    expect(told).toMatchObject([
      { type: 'request-queued', count: 1_000, queued: 1_000 },
      { type: 'request-failed', code: 'queue_full', count: 50 },
      { type: 'request-released', count: 1_000, queued: 0 },
    ])
  })
})
