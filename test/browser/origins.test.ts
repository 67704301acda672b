import { describe, expect } from 'vitest'
import { createOrigin, type Origin } from './support/origin.ts'
import { refreshRequests, signIn } from './support/session.ts'
import { test as base, type Visit } from './support/test.ts'

const test = base.extend('other', async ({ script }, { onCleanup }): Promise<Origin> => {
  const origin = await createOrigin({ script })
  onCleanup(() => origin.close())
  return origin
})

/** What arrived below `/fixture/ward`, and whether a token came with it. */
function arrivals({ seen }: Origin): boolean[] {
  return seen
    .filter(({ path, method }) => path.startsWith('/fixture/ward') && method !== 'OPTIONS')
    .map(({ authorization }) => authorization !== undefined)
}

const call = ({ page }: Visit, url: string): Promise<Record<string, number>> =>
  page.evaluate((target) => app.outcomes([app.tokens.fetch(target)]), url)

/** Each is run in the page. */
const senders = {
  fetch: async (target: string) => (await app.tokens.fetch(target)).status,
  authorize: async (target: string) =>
    (await app.fetch(await app.tokens.authorize(new Request(target, { method: 'POST', body: 'a note' })))).status,
  'window.fetch = tokens.fetch (scenario 43)': async (target: string) => {
    globalThis.fetch = app.tokens.fetch
    return (await fetch(target)).status
  },
  ky: async (target: string) => (await app.createKy(app.tokens).get(target)).status,
}

describe.concurrent('the token goes nowhere but home', () => {
  test('to the own origin, however it is written', async ({ visit }) => {
    const visited = await visit()
    await signIn(visited.page)
    const { url } = visited.origin
    const own = ['/fixture/ward', 'fixture/ward?relative', `${url}/fixture/ward`, `${url.toUpperCase()}/fixture/ward`]
    for (const target of [...own, `${url.replace('http:', '')}/fixture/ward`]) {
      expect(await call(visited, target)).toEqual({ 200: 1 })
    }
    expect(arrivals(visited.origin)).toEqual(Array(5).fill(true))
  })

  test('a frame with srcdoc has the origin of its page, and its requests carry the token', async ({ visit }) => {
    const { page, origin } = await visit()
    await page.evaluate(async () => {
      const html = { createHTML: (text: string) => text }
      const { trustedTypes } = globalThis as unknown as {
        trustedTypes: { createPolicy(name: string, rules: typeof html): typeof html }
      }
      const frame = document.createElement('iframe')
      frame.srcdoc = trustedTypes
        .createPolicy('test', html)
        .createHTML('<script type="module" src="/page.js"></script>')
      await new Promise((resolve) => {
        frame.onload = resolve
        document.body.append(frame)
      })
    })
    const frame = page.frames().find((candidate) => candidate.url() === 'about:srcdoc')
    const outcomes = await frame?.evaluate(async () => {
      await app.signIn()
      return app.outcomes([app.tokens.fetch('/fixture/ward')])
    })
    expect(outcomes).toEqual({ 200: 1 })
    expect(arrivals(origin)).toEqual([true])
  })

  for (const [how, send] of Object.entries(senders)) {
    test(`a redirect to another origin does not carry it along: ${how}`, async ({ visit, other }) => {
      const { page, origin } = await visit({ connectTo: [other.url] })
      await signIn(page)
      const target = `/fixture/redirect?to=${encodeURIComponent(`${other.url}/fixture/ward`)}`
      expect(await page.evaluate(send, target)).toBe(200)
      const token = await page.evaluate(() => app.tokens.getAccessToken())
      expect(origin.seen.at(-1)?.authorization).toBe(`Bearer ${token}`)
      expect(arrivals(other)).toEqual([false])
      // Neither in another header nor in the address.
      expect(JSON.stringify(other.seen)).not.toContain(token)
    })
  }

  test('scenario 49: a 401 after a redirect to another origin costs no refresh and no second order', async ({
    visit,
    other,
  }) => {
    const { page, origin } = await visit({ connectTo: [other.url] })
    await signIn(page)
    // Without a token nobody is let in there.
    other.refused.add('')
    const target = `/fixture/redirect?to=${encodeURIComponent(`${other.url}/fixture/ward`)}`
    const statuses = await page.evaluate(async (to) => {
      const order = { method: 'POST', body: 'an order' }
      const retry = { methods: ['post' as const] }
      const byKy = app.createKy(app.tokens).post(to, { body: order.body, retry, throwHttpErrors: false })
      return [(await app.tokens.fetch(to, order)).status, (await byKy).status]
    }, target)
    expect(statuses).toEqual([401, 401])
    expect(arrivals(other)).toEqual([false, false])
    expect(refreshRequests(origin)).toBe(0)
  })

  test('origins that look like the own one get none', async ({ visit, other }) => {
    const port = new URL(other.url).port
    const connectTo = [other.url, `http://localhost:${port}`, 'http://localhost:*', 'http://*.localhost:*']
    const visited = await visit({ connectTo, manager: { options: { allowedOrigins: ['http://api.localhost:1'] } } })
    await signIn(visited.page)
    const own = new URL(visited.origin.url)
    const lookAlikes = [
      `http://127.0.0.1:${port}/fixture/ward`,
      `//127.0.0.1:${port}/fixture/ward`,
      `http://localhost:${port}/fixture/ward?${own.host}`,
      `http://api.localhost:${port}/fixture/ward`,
      `http://127.0.0.1.${own.port}.localhost:${port}/fixture/ward`,
    ]
    for (const target of lookAlikes) expect(await call(visited, target)).toEqual({ 200: 1 })
    expect(arrivals(other)).toEqual(Array(lookAlikes.length).fill(false))

    // The same server under another name is another origin.
    expect(await call(visited, `http://localhost:${own.port}/fixture/ward`)).toEqual({ 200: 1 })
    expect(arrivals(visited.origin)).toEqual([false])
    // Credentials in an address are refused by the browser, and nothing is sent.
    expect(await call(visited, `http://${own.host}@127.0.0.1:${port}/fixture/ward`)).toEqual({ TypeError: 1 })
  })

  test('an allowed origin gets it, another port of the same name does not', async ({ visit, other }) => {
    const third = await createOrigin({ script: '' })
    try {
      const visited = await visit({
        connectTo: [other.url, third.url],
        manager: { options: { allowedOrigins: [other.url] } },
      })
      await signIn(visited.page)
      expect(await call(visited, `${other.url}/fixture/ward`)).toEqual({ 200: 1 })
      expect(await call(visited, `${third.url}/fixture/ward`)).toEqual({ 200: 1 })
      expect([arrivals(other), arrivals(third)]).toEqual([[true], [false]])
    } finally {
      await third.close()
    }
  })
})
