export interface Recorded {
  url: string
  init: RequestInit
  headers: Headers
}

type Answer = (call: Recorded) => Response | Promise<Response>

/** A network that remembers what it was asked to send, down to what no server sees. */
export function recordedFetch(answer: Answer = () => Response.json({ access: 'a2', refresh: 'r2', expires_in: 900 })) {
  const calls: Recorded[] = []
  const fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const call = { url: String(input), init, headers: new Headers(init.headers) }
    calls.push(call)
    return answer(call)
  }
  return { calls, fetch }
}
