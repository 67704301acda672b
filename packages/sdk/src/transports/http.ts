import type { HttpAnswer } from '../codec/refresh-answer.ts'

/** No token response is longer; a longer body counts as none. */
const MAX_BODY_BYTES = 1_048_576

export interface Post {
  url: string
  fetch: typeof fetch
  signal: AbortSignal
  headers: Headers
  body: string | null
  credentials: RequestCredentials
  keepalive: boolean
}

/** `failure`: `network` or `timeout`. The response is for hooks that look at it; its body has been read. */
export type Sent = { failure: string } | (HttpAnswer & { response: Response })

export async function readBody(response: Response): Promise<string> {
  const { body } = response
  // Where `fetch` is made of something else there may be no stream.
  if (body === undefined) return response.text()
  if (!body) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > MAX_BODY_BYTES) {
      reader.cancel().catch(() => {})
      return ''
    }
    text += decoder.decode(value, { stream: true })
  }
}

async function exchange({ url, fetch, ...init }: Post): Promise<Sent> {
  // A redirect is not followed: it could carry the refresh token to another origin, and ends at a login page anyway.
  const response = await fetch(url, { ...init, method: 'POST', cache: 'no-store', redirect: 'manual' })
  const { status, headers } = response
  return {
    response,
    status,
    body: await readBody(response),
    retryAfter: headers.get('retry-after'),
    date: headers.get('date'),
  }
}

/** Sends and reads the answer, both under the signal. Never rejects. */
export async function send(post: Post): Promise<Sent> {
  const { signal } = post
  try {
    return await new Promise<Sent>((resolve, reject) => {
      signal.throwIfAborted()
      // Beside the signal that fetch heeds: an app's own fetch may not.
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      exchange(post).then(resolve, reject)
    })
  } catch {
    return { failure: signal.aborted && signal.reason?.name === 'TimeoutError' ? 'timeout' : 'network' }
  }
}
