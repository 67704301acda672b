import type { Granted } from '../decisions/access.ts'
import type { Gate } from './gate.ts'

type Fetch = typeof fetch

/** The request once more, if its body can be sent twice. */
type Copy = () => [RequestInfo | URL, RequestInit | undefined]

/** `fetch`, authenticated: waits for a token where there is none, and replays once after a `401`. */
export function createFetch(gate: Gate, network: Fetch): Fetch {
  function send(input: RequestInfo | URL, init: RequestInit | undefined, granted: Granted): Promise<Response> {
    const request = input instanceof Request ? input : undefined
    const headers = new Headers(init?.headers ?? request?.headers)
    const credentials = gate.sign(headers, init?.method ?? request?.method ?? 'GET', granted)
    gate.sent()
    return network(input, credentials ? { ...init, headers, credentials } : { ...init, headers })
  }

  async function authenticated(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response> {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    const subject = gate.subject()
    const copy = copier(input, init)
    let refused: Response | undefined
    for (;;) {
      let granted = gate.admit(subject, signal)
      // Between a promise and its continuation someone may sign out: ask again, and send in the same turn.
      while (granted instanceof Promise) {
        await granted
        granted = gate.admit(subject, signal)
      }
      const response = await (refused && copy ? send(...copy(), granted) : send(input, init, granted))
      if (response.status !== 401) return response
      gate.unauthorized()
      if (refused || !copy || !(await gate.renew(granted, signal))) return response
      await response.body?.cancel()
      refused = response
      gate.replayed()
    }
  }

  return (input, init) => {
    const request = input instanceof Request ? input : undefined
    const headers = new Headers(init?.headers ?? request?.headers)
    const url = request ? request.url : String(input)
    const covered = gate.covers(url, headers, init?.credentials ?? request?.credentials)
    // To the very address that was judged, whatever becomes of `input` while it waits.
    return covered === undefined ? network(input, init) : authenticated(request ?? covered, init && { ...init })
  }
}

/** A stream can be read once; all other bodies can be sent again. A `Request` is copied before its body is read. */
function copier(input: RequestInfo | URL, init: RequestInit | undefined): Copy | undefined {
  if (init?.body instanceof ReadableStream) return undefined
  if (!(input instanceof Request) || init?.body) return () => [input, init]
  const spare = input.clone()
  return () => [spare, init]
}
