import type { Link } from './link.ts'
import { pause } from './pause.ts'

/** A connection as a call finds it. */
export interface Connection {
  /** What it costs to be far away and slow; absent where nothing is added to the real network. */
  shape?: { roundTripMs: number; up: Link; down: Link }
  /** Aborts when the connection dies, with what calls then fail with. */
  dead: AbortSignal
}

/** `fetch` over a connection that is worse than the real one. A call keeps the connection that it began with. */
export function createShapedFetch(network: typeof fetch, connection: () => Connection): typeof fetch {
  return async (input, init) => {
    const { shape, dead } = connection()
    const request = new Request(input, init)
    const signal = AbortSignal.any([request.signal, dead])
    signal.throwIfAborted()
    if (!shape) return network(request, { signal })

    const { byteLength } = await request.clone().arrayBuffer()
    await shape.up.transfer(byteLength, signal)
    await pause(shape.roundTripMs / 2, signal)
    const response = await network(request, { signal })
    await pause(shape.roundTripMs / 2, signal)
    return throttled(response, shape.down, signal)
  }
}

function throttled(response: Response, link: Link, signal: AbortSignal): Response {
  // What has no body, such as a 204 or a redirect that is not followed, can not be made anew and need not be.
  if (!response.body) return response
  const slow = new TransformStream<Uint8Array, Uint8Array>({
    async transform(chunk, controller) {
      await link.transfer(chunk.byteLength, signal)
      controller.enqueue(chunk)
    },
  })
  const { status, statusText, headers } = response
  return new Response(response.body.pipeThrough(slow), { status, statusText, headers })
}
