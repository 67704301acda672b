import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { send } from '../../src/transports/http.ts'
import { jsonTransport } from '../../src/transports/json.ts'
import { recordedFetch } from '../support/recorded-fetch.ts'

/** A real server on the loopback, which answers as it is told. */
async function serve(answer: (response: ServerResponse) => void) {
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    request.resume().once('end', () => answer(response))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return {
    url: `http://127.0.0.1:${address.port}/refresh`,
    get requests() {
      return requests
    },
  }
}

function refresh(url: string, signal = new AbortController().signal, network: typeof fetch = fetch) {
  return jsonTransport({ url }).refresh({ idempotencyKey: 'k1', refreshToken: 'r1', signal, fetch: network })
}

const timeOut = (controller: AbortController) => controller.abort(new DOMException('Too slow.', 'TimeoutError'))
const network = { kind: 'unavailable', error: 'network' }
const timeout = { kind: 'unavailable', error: 'timeout' }

describe('over a real connection', () => {
  test('an answer in pieces is read to its end', async () => {
    const { url } = await serve((response) => {
      response.write('{"access":"a2","na')
      response.write(Buffer.from('me":"Zo\u00eb').subarray(0, -1))
      setImmediate(() =>
        response.end(Buffer.concat([Buffer.from('\u00eb').subarray(1), Buffer.from('","expires_in":60}')])),
      )
    })
    expect(await refresh(url)).toEqual({ kind: 'tokens', tokens: { accessToken: 'a2', accessLifetimeMs: 60_000 } })
  })

  test('a connection that dies before the answer is an outcome', async () => {
    const server = await serve((response) => response.destroy())
    expect(await refresh(server.url)).toEqual(network)
  })

  test('a connection that dies within the answer is an outcome', async () => {
    const { url } = await serve((response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"access":')
      setImmediate(() => response.destroy())
    })
    expect(await refresh(url)).toEqual(network)
  })

  test('nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    server.close()
    await once(server, 'close')
    expect(await refresh(`http://127.0.0.1:${Object(address).port}/`)).toEqual(network)
  })

  test('headers come and the body never ends: the signal ends it', async () => {
    const controller = new AbortController()
    const { url } = await serve((response) => {
      response.writeHead(200).write('{"access":')
      setImmediate(() => timeOut(controller))
    })
    expect(await refresh(url, controller.signal)).toEqual(timeout)
  })

  test('nothing comes: the signal ends it', async () => {
    const controller = new AbortController()
    const { url } = await serve(() => timeOut(controller))
    expect(await refresh(url, controller.signal)).toEqual(timeout)
  })

  test('an abort without a word of time is a network failure', async () => {
    const controller = new AbortController()
    const { url } = await serve(() => controller.abort())
    expect(await refresh(url, controller.signal)).toEqual(network)
  })
})

describe('over a network of the app’s own', () => {
  test('that does not heed the signal, in headers or body', async () => {
    for (const answer of [() => new Promise<Response>(() => {}), () => new Response(new ReadableStream())]) {
      const controller = new AbortController()
      const outcome = refresh('/r', controller.signal, recordedFetch(answer).fetch)
      await Promise.resolve()
      timeOut(controller)
      expect(await outcome).toEqual(timeout)
    }
  })

  test('an aborted signal sends nothing', async () => {
    const recorded = recordedFetch()
    const controller = new AbortController()
    timeOut(controller)
    expect(await refresh('/r', controller.signal, recorded.fetch)).toEqual(timeout)
    expect(recorded.calls).toEqual([])
  })

  test('that throws at once', async () => {
    const thrower = () => {
      throw new TypeError('Failed to parse URL')
    }
    expect(await refresh('/r', undefined, thrower)).toEqual(network)
  })

  test('that gives something else than bytes', async () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue('{"access":"a2"}') })
    expect(await refresh('/r', undefined, recordedFetch(() => new Response(body)).fetch)).toEqual(network)
  })
})

describe('a long answer', () => {
  const MiB = 1_048_576

  function answerOf(bytes: number) {
    let cancelled = false
    const rest = new TextEncoder().encode(' '.repeat(65_536))
    const start = new TextEncoder().encode('{"access":"a2","expires_in":60}')
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = sent === 0 ? start : rest.subarray(0, bytes - sent)
        sent += chunk.byteLength
        if (chunk.byteLength > 0) controller.enqueue(chunk)
        else controller.close()
      },
      cancel() {
        cancelled = true
      },
    })
    return { fetch: recordedFetch(() => new Response(body)).fetch, wasCancelled: () => cancelled }
  }

  test('of 1 MiB is read', async () => {
    expect((await refresh('/r', undefined, answerOf(MiB).fetch)).kind).toBe('tokens')
  })

  test('of more is no token response', async () => {
    const outcome = await refresh('/r', undefined, answerOf(MiB + 1).fetch)
    expect(outcome).toEqual({ kind: 'unavailable', error: 'not_json' })
  })

  test('without end is not read on', async () => {
    const answer = answerOf(Number.POSITIVE_INFINITY)
    expect(await refresh('/r', undefined, answer.fetch)).toEqual({ kind: 'unavailable', error: 'not_json' })
    expect(answer.wasCancelled()).toBe(true)
  })
})

test('send gives the response along', async () => {
  const { fetch } = recordedFetch(() => new Response('{}', { status: 418, headers: { 'retry-after': '3' } }))
  const headers = new Headers({ 'x-a': '1' })
  const signal = new AbortController().signal
  const sent = await send({ url: '/r', fetch, signal, headers, body: null, credentials: 'omit', keepalive: false })
  expect(sent).toMatchObject({ status: 418, body: '{}', retryAfter: '3', date: null })
  expect('response' in sent && sent.response.headers.get('retry-after')).toBe('3')
})
