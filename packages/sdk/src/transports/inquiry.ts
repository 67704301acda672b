import { parseJson } from '../codec/json.ts'
import { isTokenManagerError, TokenManagerError } from '../errors.ts'
import { readBody } from './http.ts'

export interface Inquiry {
  url: string
  /** For messages. */
  name: string
  request: { fetch: typeof fetch; accessToken?: string; signal?: AbortSignal }
  headers?: HeadersInit | (() => HeadersInit) | undefined
  credentials?: RequestCredentials | undefined
  /** Sent as JSON, by POST; without it, it is a GET. */
  body?: object
  /** Which answers besides a 2xx are worth reading. */
  accepts?: (status: number) => boolean
}

/**
 * Asks an endpoint for something else than tokens, and gives its JSON.
 * @throws TokenManagerError `refresh_unavailable` where there is no answer, or one that refuses; `invalid_response`
 * where it is no JSON; what a token manager's own fetch rejects with; the signal's reason
 */
export async function ask({ url, name, request, ...inquiry }: Inquiry): Promise<unknown> {
  const { body, accepts, credentials = 'same-origin' } = inquiry
  const { fetch, accessToken, signal = null } = request
  const headers = new Headers(typeof inquiry.headers === 'function' ? inquiry.headers() : inquiry.headers)
  const own = {
    accept: 'application/json',
    ...(body && { 'content-type': 'application/json' }),
    ...(accessToken && { authorization: `Bearer ${accessToken}` }),
  }
  for (const [header, value] of Object.entries(own)) if (!headers.has(header)) headers.set(header, value)
  const method = body ? 'POST' : 'GET'
  const init = { method, headers, body: body ? JSON.stringify(body) : null, signal, credentials }
  let answer: { status: number; ok: boolean; text: string }
  try {
    const response = await fetch(url, { ...init, cache: 'no-store', redirect: 'manual' })
    const { status, ok } = response
    answer = { status, ok, text: await readBody(response) }
  } catch (cause) {
    if (signal?.aborted || isTokenManagerError(cause)) throw cause
    throw new TokenManagerError('refresh_unavailable', `${name}: network`, { cause })
  }
  const { status, ok, text } = answer
  if (!ok && !accepts?.(status)) throw new TokenManagerError('refresh_unavailable', `${name}: http_${status}`)
  const json = parseJson(text)
  if (json === undefined) throw new TokenManagerError('invalid_response', `${name}: not_json`)
  return json
}
