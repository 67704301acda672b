import { overNetwork } from '../codec/network.ts'
import { isTokenManagerError } from '../errors.ts'
import type { Granted } from '../session/access.ts'
import { bodyOf, isRequest, isStreamed, referrerOf } from './request.ts'
import type { RequestAuth } from './request-auth.ts'

type Fetch = typeof fetch

interface Call {
  readonly input: Request | string
  readonly init: RequestInit
  readonly url: string
  readonly headers: Headers
  readonly method: string
  readonly identity: number
  readonly signal: AbortSignal | null | undefined
  /** What is sent after a `401`; nothing if the call can not be sent again. */
  readonly again: Request | string | undefined
  readonly isReplay: boolean
}

export interface FetchDependencies {
  network: Fetch
  /** The `fetch` of the page, as it is now. */
  pageFetch(): Fetch | undefined
}

/** `fetch`, authenticated: waits for a token where there is none, and replays once after a `401`. */
export function createFetch(requestAuth: RequestAuth, { network, pageFetch }: FetchDependencies): Fetch {
  /**
   * A call that waits holds itself and one callback, no frame of an async function: there may be a thousand of them.
   * Between a promise and its continuation someone may sign out: ask again, and send in the same turn.
   */
  function attempt(call: Call): Promise<Response> {
    const granted = requestAuth.admit(call.identity, call.signal ?? undefined)
    return granted instanceof Promise ? granted.then(() => attempt(call)) : exchange(call, granted)
  }

  /**
   * The page's own `fetch` has to serve those who are not signed in, too: they sign in by it. A call that was made in a
   * session never goes without it.
   */
  async function attemptOrPass(call: Call): Promise<Response> {
    try {
      for (;;) {
        const granted = requestAuth.admit(call.identity, call.signal ?? undefined)
        if (!(granted instanceof Promise)) return exchange(call, granted)
        await granted
      }
    } catch (error) {
      if (!isTokenManagerError(error) || error.code !== 'signed_out') throw error
      return network(call.input, { ...call.init, headers: call.headers })
    }
  }

  async function exchange(call: Call, granted: Granted): Promise<Response> {
    const { input, init, again, url, method, isReplay } = call
    const headers = new Headers(call.headers)
    const credentials = requestAuth.applyAuth(headers, method, granted)
    requestAuth.sent()
    const response = await network(input, credentials ? { ...init, headers, credentials } : { ...init, headers })
    const signal = call.signal ?? undefined
    const replay = requestAuth.shouldReplay(
      { granted, method, url, signal, isReplay, isRepeatable: again !== undefined },
      response,
    )
    if (!again || !(replay && (await replay))) return response
    // Not waited for: of a response that somebody has copied it ends with the copy.
    response.body?.cancel().catch(() => {})
    requestAuth.replayed()
    return attempt({ ...call, input: again, again: undefined, isReplay: true })
  }

  const call: Fetch = (...given) => {
    const [input, init] = given
    // What can not be sent is a rejection, as `fetch` has it: nobody expects a call to throw.
    try {
      if (!(0 in given)) throw new TypeError('fetch needs an address')
      // Its members are getters, which no copy would take along.
      if (isRequest(init)) return call(new Request(input, init))
      const request = isRequest(input) ? input : undefined
      const headers = new Headers(init?.headers ?? request?.headers)
      const url = request ? request.url : String(input)
      const covered = requestAuth.shouldAuthenticate(url, headers, init?.credentials ?? request?.credentials)
      if (covered === undefined) return network(input, init)
      const mayPass = pageFetch() === call && requestAuth.isAnonymous()
      return (mayPass ? attemptOrPass : attempt)({
        // To the very address that was judged, whatever becomes of `input` while it waits.
        input: request ?? covered,
        url: covered,
        // As it is now: it may wait, and be sent again.
        init: { ...(request && referrerOf(request)), ...init, body: bodyOf(init?.body) ?? null },
        headers,
        method: init?.method ?? request?.method ?? 'GET',
        identity: requestAuth.identity(),
        signal: init?.signal ?? request?.signal,
        again: repeatable(request ?? covered, init),
        isReplay: false,
      })
    } catch (error) {
      return Promise.reject(error)
    }
  }
  return overNetwork(call, network)
}

/** A stream can be read once; all other bodies can be sent again. A `Request` is copied before its body is read. */
function repeatable(input: Request | string, init: RequestInit | undefined): Request | string | undefined {
  if (init?.body instanceof ReadableStream) return undefined
  if (typeof input === 'string' || init?.body) return input
  return isStreamed(input) ? undefined : input.clone()
}
