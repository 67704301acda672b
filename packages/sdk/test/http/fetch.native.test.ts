// @vitest-environment node
// The platform's own Request and Response, whose bodies and referrers behave as in a browser.
import { describe, expect, it } from 'vitest'
import { authorize } from '../../src/http/authorize.ts'
import { createFetch } from '../../src/http/fetch.ts'
import { createRequestAuth } from '../../src/http/request-auth.ts'

const origin = 'https://app.example'
const api = `${origin}/api`

/** An authenticated `fetch` over answers of its own, in order; the last one goes on. */
function create(...answers: Array<() => Response | Promise<Response>>) {
  const sent: Request[] = []
  let generation = 1
  const requestAuth = createRequestAuth(
    {
      identity: () => 0,
      admit: () => ({ kind: 'granted', identity: 0, sid: 's', generation, accessToken: `t${generation}` }),
      async renew() {
        generation++
        return true
      },
      isAnonymous: () => false,
      accepted() {},
      sent() {},
      unauthorized() {},
      replayed() {},
    },
    {
      transport: { url: '/auth/refresh', accessTokenIn: 'header' },
      environment: { origin, base: () => origin },
      allowedOrigins: [],
    },
  )
  const network: typeof fetch = async (input, init) => {
    sent.push(new Request(input, init))
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    return answer?.() ?? new Response('ok')
  }
  const call = createFetch(requestAuth, { network, pageFetch: () => undefined })
  return { call, requestAuth, sent }
}

const unauthorized = () => new Response('{"error":"unauthorized"}', { status: 401 })
const ok = () => new Response('ok')

describe('a 401 is replayed, whatever has become of its body', () => {
  it('although somebody keeps a copy that nobody reads', async () => {
    const kept: Response[] = []
    const { call } = create(() => {
      const answer = unauthorized()
      kept.push(answer.clone())
      return answer
    }, ok)
    expect((await call(api)).status).toBe(200)
    expect(kept).toHaveLength(1)
  })

  it('although somebody has read it', async () => {
    const { call } = create(async () => {
      const answer = unauthorized()
      await answer.text()
      return answer
    }, ok)
    expect((await call(api)).status).toBe(200)
  })

  it('although it breaks off', async () => {
    const broken = () =>
      new Response(new ReadableStream({ start: (body) => body.error(new TypeError('network error')) }), { status: 401 })
    const { call } = create(broken, ok)
    expect((await call(api)).status).toBe(200)
  })
})

describe('what is sent is what there was at the call', () => {
  it.each([
    ['bytes', () => new TextEncoder().encode('first'), (bytes: Uint8Array) => void bytes.fill(120)],
    [
      'a buffer',
      () => new TextEncoder().encode('first').buffer,
      (buffer: ArrayBuffer) => void new Uint8Array(buffer).fill(120),
    ],
    ['parameters', () => new URLSearchParams('first'), (parameters: URLSearchParams) => parameters.set('first', '2')],
  ] as Array<[string, () => BodyInit, (body: never) => void]>)('although %s change', async (_, make, change) => {
    const { call, sent } = create(unauthorized, ok)
    const body = make()
    const before = await new Response(body).text()
    const answer = call(api, { method: 'POST', body })
    change(body as never)
    await answer
    expect(await Promise.all(sent.map((request) => request.text()))).toEqual([before, before])
  })

  it('although a form changes', async () => {
    const { call, sent } = create(unauthorized, ok)
    const body = new FormData()
    body.set('dose', '1')
    body.set('scan', new File(['x'], 'scan.txt'))
    const answer = call(api, { method: 'POST', body })
    body.set('dose', '2')
    await answer
    for (const request of sent) {
      const form = await request.formData()
      expect([form.get('dose'), (form.get('scan') as File).name]).toEqual(['1', 'scan.txt'])
    }
    expect(sent).toHaveLength(2)
  })

  it('although headers change that the next call uses again', async () => {
    const { call, sent } = create(unauthorized, ok)
    const headers = new Headers({ 'Idempotency-Key': 'one' })
    const answer = call(api, { method: 'POST', headers })
    headers.set('Idempotency-Key', 'two')
    await answer
    expect(sent.map((request) => request.headers.get('idempotency-key'))).toEqual(['one', 'one'])
    expect(headers.has('authorization')).toBe(false)
  })
})

describe('a stream', () => {
  const stream = () => new Blob(['slept ', 'well']).stream()
  const streamed = () => {
    const init: RequestInit & { duplex: 'half' } = { method: 'PUT', body: stream(), duplex: 'half' }
    return new Request(api, { ...init, headers: { 'content-type': 'text/plain' } })
  }

  it('inside of a Request arrives whole, and is not replayed', async () => {
    const { call, sent } = create(unauthorized)
    expect((await call(streamed())).status).toBe(401)
    expect(await Promise.all(sent.map((request) => request.text()))).toEqual(['slept well'])
  })

  it.each([
    ['text', 'slept well'],
    ['no text', ''],
    ['bytes', new TextEncoder().encode('slept well')],
    ['a blob', new Blob(['slept well'])],
    ['parameters', new URLSearchParams('a=b')],
  ])('is not what a Request with %s has, which is replayed', async (_, body) => {
    const { call, sent } = create(unauthorized, ok)
    const request = new Request(api, { method: 'PUT', body, cache: 'only-if-cached', mode: 'same-origin' })
    const text = await request.clone().text()
    expect((await call(request)).status).toBe(200)
    expect(await Promise.all(sent.map((copy) => copy.text()))).toEqual([text, text])
  })
})

describe('a Request', () => {
  it('keeps its referrer policy and its referrer', async () => {
    const { call, requestAuth, sent } = create()
    const quiet = () => new Request(api, { referrerPolicy: 'no-referrer', referrer: '' })
    await call(quiet())
    const { request } = await authorize(requestAuth, quiet())
    for (const { referrer, referrerPolicy } of [sent[0] ?? quiet(), request]) {
      expect([referrerPolicy, referrer]).toEqual(['no-referrer', ''])
    }
    await call(quiet(), { referrerPolicy: 'origin' })
    expect(sent[1]?.referrerPolicy).toBe('origin')
  })

  it('may be given for the members of a call', async () => {
    const { call, sent } = create()
    await call(api, new Request(`${origin}/old`, { method: 'DELETE', headers: { 'x-ward': '3' } }))
    const [request] = sent
    expect([request?.url, request?.method, request?.headers.get('x-ward')]).toEqual([api, 'DELETE', '3'])
    expect(request?.headers.get('authorization')).toBe('Bearer t1')
  })

  it('of another realm is one', async () => {
    const { call, sent } = create()
    const foreign = new Request(api, { method: 'PUT' })
    const Own = globalThis.Request
    globalThis.Request = class extends Own {}
    try {
      await call(foreign)
    } finally {
      globalThis.Request = Own
    }
    expect(sent.map(({ url, method }) => [url, method])).toEqual([[api, 'PUT']])
  })
})
