import { beforeEach, describe, expect, it } from 'vitest'
import { SECOND } from '../support/sessions.ts'
import { bearer, pass, refusesFirst, signIn, unauthorized, useVirtualTime } from '../support/tokens.ts'

beforeEach(useVirtualTime)

describe('a 401', () => {
  it('scenario 16: is replayed after one refresh', async () => {
    const page = await signIn()
    page.answer = refusesFirst
    const answers = await Promise.all(Array.from({ length: 50 }, () => page.tokens.fetch('/api')))
    expect(answers.every(({ ok }) => ok)).toBe(true)
    expect(page.endpoint.asked).toHaveLength(1)
    expect(page.sent).toHaveLength(100)
    expect(page.tokens.getMetrics()).toMatchObject({ unauthorizedAnswers: 50, requestsReplayed: 50, requestsSent: 100 })
  })

  it('scenario 16: whose token was replaced meanwhile is replayed without a refresh', async () => {
    const page = await signIn()
    let answerFirst = (_response: Response) => {}
    page.answer = (request) =>
      bearer(request) === 'Bearer SECRET-access-1'
        ? new Promise((resolve) => {
            answerFirst = resolve
          })
        : new Response('ok')
    const call = page.tokens.fetch('/api')
    await pass(0)
    await page.tokens.refreshAccessToken()
    answerFirst(unauthorized())
    expect((await call).ok).toBe(true)
    expect(page.endpoint.asked).toHaveLength(1)
  })

  it('the second is handed to the caller, body and all', async () => {
    const page = await signIn()
    page.answer = unauthorized
    const response = await page.tokens.fetch('/api')
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ error: 'unauthorized' })
    expect(page.sent.map(bearer)).toEqual(['Bearer SECRET-access-1', 'Bearer SECRET-access-2'])
  })

  it('straight after a refresh causes no further one', async () => {
    const page = await signIn()
    page.answer = unauthorized
    await page.tokens.fetch('/api')
    const responses = await Promise.all([page.tokens.fetch('/a'), page.tokens.fetch('/b')])
    expect(responses.map(({ status }) => status)).toEqual([401, 401])
    expect(page.endpoint.asked).toHaveLength(1)
    expect(page.sent).toHaveLength(4)
  })

  it('a while after a refresh that helped causes one again', async () => {
    const page = await signIn()
    page.answer = refusesFirst
    await page.tokens.fetch('/api')
    await pass(11 * SECOND)
    page.answer = unauthorized
    await page.tokens.fetch('/api')
    expect(page.endpoint.asked).toHaveLength(2)
  })

  it.each([403, 404, 500])('%s is none', async (status) => {
    const page = await signIn()
    page.answer = () => new Response(null, { status })
    expect((await page.tokens.fetch('/api')).status).toBe(status)
    expect(page.endpoint.asked).toHaveLength(0)
  })

  it('after which the session ends is told as such', async () => {
    const page = await signIn()
    page.answer = unauthorized
    page.endpoint.respond = async () => ({ kind: 'rejected', error: 'invalid_grant' })
    await expect(page.tokens.fetch('/api')).rejects.toMatchObject({ code: 'signed_out', reason: 'refresh-rejected' })
  })
})

describe('what is replayed', () => {
  const form = () => {
    const data = new FormData()
    data.set('note', 'slept well')
    return data
  }
  it.each([
    ['JSON', () => JSON.stringify({ note: 'slept well' }), '{"note":"slept well"}'],
    ['empty text', () => '', ''],
    ['a form', () => new URLSearchParams({ note: 'x' }), 'note=x'],
    ['a blob', () => new Blob(['slept well']), 'slept well'],
    ['bytes', () => new TextEncoder().encode('slept well'), 'slept well'],
  ])('POST with %s, twice the same', async (_name, body, text) => {
    const page = await signIn()
    page.answer = refusesFirst
    const headers = { 'content-type': 'application/x-note' }
    expect((await page.tokens.fetch('/api', { method: 'POST', body: body(), headers })).ok).toBe(true)
    expect(await Promise.all(page.sent.map((request) => request.text()))).toEqual([text, text])
    expect(page.sent.map((request) => request.headers.get('content-type'))).toEqual(Array(2).fill('application/x-note'))
    expect(page.sent.map(({ method }) => method)).toEqual(['POST', 'POST'])
  })

  it('POST with form data', async () => {
    const page = await signIn()
    page.answer = refusesFirst
    await page.tokens.fetch('/api', { method: 'POST', body: form() })
    const sent = await Promise.all(page.sent.map((request) => request.formData()))
    expect(sent.map((data) => data.get('note'))).toEqual(['slept well', 'slept well'])
  })

  it('a Request with a body', async () => {
    const page = await signIn()
    const bodies: string[] = []
    page.answer = async (request) => {
      bodies.push(await request.text())
      return refusesFirst(request)
    }
    const request = new Request('/api', { method: 'POST', body: 'slept well', headers: { 'x-ward': '3' } })
    expect((await page.tokens.fetch(request)).ok).toBe(true)
    expect(bodies).toEqual(['slept well', 'slept well'])
    expect(page.sent.map(({ headers }) => headers.get('x-ward'))).toEqual(['3', '3'])
  })

  it('not a stream: it can be read once', async () => {
    const page = await signIn()
    page.answer = unauthorized
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('x'))
        controller.close()
      },
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    expect((await page.tokens.fetch('/api', init)).status).toBe(401)
    expect(page.sent).toHaveLength(1)
  })
})
