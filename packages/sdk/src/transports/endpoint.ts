import { isRevoked, readRefreshAnswer } from '../codec/refresh-answer.ts'
import { findSuccessor, parseTokenResponse } from '../codec/token-response.ts'
import { TokenManagerError } from '../errors.ts'
import type { RefreshTransport, RevokeRequest } from '../ports.ts'
import type { RefreshOutcome, TokenSet } from '../types.ts'
import { type EndpointOptions, isOfOwnOrigin, resolveUrl } from './endpoint-options.ts'
import { type Post, type Sent, send } from './http.ts'
import { parseDate, wallNow } from './wall-clock.ts'

/** What the kinds of endpoint differ in. */
export interface EndpointKind
  extends Pick<RefreshTransport, 'kind' | 'refreshTokenIn' | 'accessTokenIn' | 'csrfHeader' | 'marker'> {
  credentials: RequestCredentials
  /** What is sent; nothing if undefined. */
  toBody(refreshToken: string | undefined): unknown
  /** How it is sent. Default: as JSON. */
  encoding?: { contentType: string; encode(content: unknown): string | undefined }
  /** A revocation names its session, as `sessionId` beside what is sent. */
  namedRevocation?: boolean
}

const JSON_ENCODING = { contentType: 'application/json', encode: JSON.stringify }

interface Call extends Pick<Post, 'url' | 'fetch' | 'signal' | 'keepalive'> {
  refreshToken?: string | undefined
  accessToken?: string | undefined
  headers: Record<string, string>
  /** Sent along. */
  more?: { sessionId: string }
}

/** An endpoint that answers with JSON. */
export function createEndpoint(options: EndpointOptions, endpoint: EndpointKind): RefreshTransport {
  const {
    headers: appHeaders,
    idempotentRefresh = false,
    fromBody,
    subject,
    isRejected,
    credentials = endpoint.credentials,
  } = options
  const { kind, refreshTokenIn, accessTokenIn, csrfHeader, toBody, encoding = JSON_ENCODING } = endpoint
  const { namedRevocation = false, marker } = endpoint
  const isInBody = refreshTokenIn === 'body'
  const url = resolveUrl(options.url ?? 'refresh', options)
  const revokeUrl = options.revokeUrl === undefined ? undefined : resolveUrl(options.revokeUrl, options)
  const idempotencyHeader =
    options.idempotencyHeader ?? ((idempotentRefresh || isOfOwnOrigin(url)) && 'Idempotency-Key')
  // A browser whose quota is used up refuses keepalive, and that looks like a broken connection. To repeat the request
  // here might spend the refresh token twice, so it is the next attempt that does without keepalive.
  let keepaliveFailed = false

  /** @throws whatever a function of the app throws */
  function build({ refreshToken, headers, more }: Call): Pick<Post, 'body' | 'headers'> {
    const content = toBody(refreshToken)
    const body = encoding.encode(more ? { ...Object(content), ...more } : content) ?? null
    const all = new Headers(typeof appHeaders === 'function' ? appHeaders() : appHeaders)
    const csrf = csrfHeader?.()
    const own = {
      accept: 'application/json',
      ...(body && { 'content-type': encoding.contentType }),
      ...(csrf && { [csrf.name]: csrf.value }),
      ...headers,
    }
    for (const [name, value] of Object.entries(own)) if (!all.has(name)) all.set(name, value)
    return { body, headers: all }
  }

  async function post(call: Call): Promise<Sent> {
    let built: ReturnType<typeof build>
    try {
      built = build(call)
    } catch {
      return { failure: 'hook_failed' }
    }
    const { refreshToken: _, accessToken: __, more: ___, ...target } = call
    const keepalive = call.keepalive && !keepaliveFailed
    const sent = await send({ ...target, ...built, credentials, keepalive })
    keepaliveFailed = keepalive && 'failure' in sent
    return sent
  }

  const format = { accessTokenIn, refreshTokenIn, fromBody, subject }
  const parseAt = (response: unknown, given: { wallNow: number; isSignIn?: boolean; date?: number }): TokenSet =>
    parseTokenResponse(response, { ...format, ...given })

  async function exchange(call: Call): Promise<{ sent: Sent; verdict: RefreshOutcome }> {
    const now = wallNow()
    const sent = await post(call)
    const verdict = readRefreshAnswer(sent, {
      parse: (json) => parseAt(json, { wallNow: now, date: parseDate(('date' in sent && sent.date) || '') }),
      findSuccessor(json) {
        const found = findSuccessor(json, format)
        return found === call.refreshToken ? undefined : found
      },
      // Strictly true: an async function's promise is no verdict.
      isRejected: (json) => 'response' in sent && isRejected?.(sent.response, json) === true,
      secrets: [call.refreshToken, call.accessToken, csrfHeader?.()?.value],
      wallNow: now,
      parseDate,
    })
    return { sent, verdict }
  }

  async function revoke(url: string, { accessToken, sessionId, ...request }: RevokeRequest): Promise<void> {
    // Nothing is left that the endpoint would know the session by.
    if (isInBody && !request.refreshToken && !accessToken) return
    const headers: Record<string, string> = accessToken ? { authorization: `Bearer ${accessToken}` } : {}
    // With keepalive the endpoint also hears of a sign-out that the page leaves at once.
    const more = namedRevocation && sessionId !== undefined ? { more: { sessionId } } : {}
    const call: Call = { ...request, ...more, accessToken, url, headers, keepalive: true }
    let { sent, verdict } = await exchange(call)
    // The access token may have expired meanwhile, which says nothing of the refresh token.
    if (accessToken && verdict.kind === 'rejected') ({ sent, verdict } = await exchange({ ...call, headers: {} }))
    if (verdict.kind !== 'unavailable' || isRevoked(sent)) return
    if (call.more && 'status' in sent && sent.status === 409) {
      throw new TokenManagerError('identity_changed', 'revocation: the cookie is that of another session')
    }
    throw new TokenManagerError('refresh_unavailable', `revocation: ${verdict.error}`, verdict)
  }

  return {
    kind,
    url,
    refreshTokenIn,
    accessTokenIn,
    idempotentRefresh,
    namedRevocation,
    ...(csrfHeader && { csrfHeader }),
    ...(marker && { marker }),
    parse: (response) => parseAt(response, { wallNow: wallNow(), isSignIn: true }),
    async refresh({ idempotencyKey, refreshToken, ...request }) {
      if (isInBody && !refreshToken) return { kind: 'rejected', error: 'no_refresh_token' }
      const headers = idempotencyHeader ? { [idempotencyHeader]: idempotencyKey } : {}
      const { verdict } = await exchange({ ...request, url, refreshToken, headers, keepalive: !isInBody })
      return verdict
    },
    ...(revokeUrl !== undefined && { revoke: (request: RevokeRequest) => revoke(revokeUrl, request) }),
  }
}
