import { beforeEach, expect, test, vi } from 'vitest'
import { createLink } from '../../src/network/link.ts'
import { type Connection, createShapedFetch } from '../../src/network/shaped-fetch.ts'

const URL = 'http://ward.example/notes'
const BYTES_PER_SECOND = 1_000
const ROUND_TRIP_MS = 2_000

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

/** A network that answers at once, and notes what it was sent and when. */
function world(answer: () => Response = () => new Response('ok')) {
  const line = new AbortController()
  const seen: { request: Request; atMs: number }[] = []
  const startedAtMs = performance.now()
  const connection: Connection = {
    dead: line.signal,
    shape: { roundTripMs: ROUND_TRIP_MS, up: createLink(BYTES_PER_SECOND), down: createLink(BYTES_PER_SECOND) },
  }
  const network: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    request.signal.throwIfAborted()
    seen.push({ request, atMs: performance.now() - startedAtMs })
    return answer()
  }
  return { line, seen, connection, fetch: createShapedFetch(network, () => connection) }
}

/** How many virtual milliseconds it took until the promise settled. */
async function settledAfterMs(promise: Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now()
  let tookMs: number | undefined
  const note = () => {
    tookMs = performance.now() - startedAtMs
  }
  promise.then(note, note)
  while (tookMs === undefined) await vi.advanceTimersByTimeAsync(10)
  return tookMs
}

test('an answer comes a round trip later, and the request is sent half of it later', async () => {
  const { fetch, seen } = world()
  const answer = fetch(URL)
  expect(await settledAfterMs(answer)).toBe(ROUND_TRIP_MS)
  expect(seen.map(({ atMs }) => atMs)).toEqual([ROUND_TRIP_MS / 2])
})

test('a body takes the time of its bytes in both directions, and arrives whole', async () => {
  const { fetch, seen } = world(() => new Response('y'.repeat(500)))
  const answer = fetch(URL, { method: 'POST', body: 'x'.repeat(3_000) })
  expect(await settledAfterMs(answer)).toBe(3_000 + ROUND_TRIP_MS)
  const text = (await answer).text()
  expect(await settledAfterMs(text)).toBe(500)
  expect(await text).toBe('y'.repeat(500))
  expect(await seen[0]?.request.text()).toBe('x'.repeat(3_000))
})

test('calls at once share the bandwidth', async () => {
  const { fetch } = world(() => new Response('y'.repeat(1_000)))
  const texts = Promise.all([0, 1, 2].map(async () => (await fetch(URL)).text()))
  expect(await settledAfterMs(texts)).toBe(ROUND_TRIP_MS + 3_000)
})

test('status and headers of an answer with a body come through', async () => {
  const { fetch } = world(() => new Response('no', { status: 503, headers: { 'retry-after': '5' } }))
  const answer = fetch(URL)
  await settledAfterMs(answer)
  const { status, headers } = await answer
  expect([status, headers.get('retry-after')]).toEqual([503, '5'])
})

test('status, headers and method come through where there is no body', async () => {
  const { fetch, seen } = world(() => new Response(null, { status: 204, headers: { 'x-mark': 'kept' } }))
  const answer = fetch(URL, { method: 'DELETE', headers: { authorization: 'Bearer t' } })
  await settledAfterMs(answer)
  const { status, headers } = await answer
  expect([status, headers.get('x-mark')]).toEqual([204, 'kept'])
  expect([seen[0]?.request.method, seen[0]?.request.headers.get('authorization')]).toEqual(['DELETE', 'Bearer t'])
})

test('whoever aborts waits no longer, gets their own reason, and nothing is sent', async () => {
  const { fetch, seen } = world()
  const caller = new AbortController()
  const answer = fetch(URL, { signal: caller.signal })
  const refused = expect(answer).rejects.toBe('changed my mind')
  await vi.advanceTimersByTimeAsync(ROUND_TRIP_MS / 4)
  caller.abort('changed my mind')
  await refused
  await vi.runAllTimersAsync()
  expect(seen).toEqual([])
})

test('a connection that dies fails the calls on it: before they are sent, while the answer is on its way, in its body', async () => {
  const { fetch, line, seen } = world(() => new Response('y'.repeat(1_000)))
  const body = fetch(URL).then((answer) => answer.text())
  const failures = [expect(body).rejects.toThrow('Failed to fetch')]
  await vi.advanceTimersByTimeAsync(1_500)
  failures.push(expect(fetch(URL)).rejects.toThrow('Failed to fetch'))
  await vi.advanceTimersByTimeAsync(1_200)
  failures.push(expect(fetch(URL)).rejects.toThrow('Failed to fetch'))
  line.abort(new TypeError('Failed to fetch'))
  await Promise.all(failures)
  await expect(fetch(URL)).rejects.toThrow(TypeError)
  await vi.runAllTimersAsync()
  expect(seen).toHaveLength(2)
})

test('without a shape nothing is added', async () => {
  const { fetch, connection, seen } = world()
  delete connection.shape
  const text = (await fetch(URL)).text()
  expect(await text).toBe('ok')
  expect(seen[0]?.atMs).toBe(0)
})
