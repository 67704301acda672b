import { TokenManagerError } from '../../../packages/sdk/src/errors.ts'
import type { RefreshTransport } from '../../../packages/sdk/src/ports.ts'
import type { RefreshOutcome, TokenSet } from '../../../packages/sdk/src/types.ts'
import type { Answer, Network } from './network.ts'
import type { Tokens } from './server.ts'

export interface TokenPlaces {
  inCookie: boolean
  /** Answers tell of lifetimes by the instants of a JWT alone, whose `iat` is that of the sign-in. */
  isDated: boolean
  idempotentRefresh: boolean
  /** No token and no answer says whose it is. */
  isAnonymous: boolean
  /** A revocation names its session, and the endpoint heeds that. */
  namedRevocation: boolean
  /** What each answer of the endpoint changes, where it does. */
  marker?: () => string
}

export interface TransportParts {
  page: number
  network: Network
  tokens: TokenPlaces
  /** A promise that settles in the page, if that still is. */
  call<T>(start: (settle: (value: T) => void) => void): Promise<T>
  inPage(run: () => void): () => void
  isAlive(): boolean
  /** A refresh leaves, with this token; returns what to call once the page has heard of it. */
  onRefresh(token: string | undefined): () => void
}

/** How a page of the simulated browser speaks to the simulated server. */
export function simulatedTransport(parts: TransportParts): RefreshTransport {
  const { network, call, inPage, isAlive } = parts
  const { inCookie, idempotentRefresh, isAnonymous, isDated, namedRevocation, marker } = parts.tokens

  function toTokenSet({ accessToken, refreshToken, user, sessionId, ...times }: Tokens): TokenSet {
    const { lifetimeMs, expiresAt, issuedAt } = times
    const dated = { accessLifetimeMs: expiresAt - issuedAt, serverTime: { expiresAt, now: issuedAt } }
    return {
      accessToken,
      ...(isDated ? dated : { accessLifetimeMs: lifetimeMs }),
      ...(!isAnonymous && { subject: user }),
      ...(!inCookie && { refreshToken }),
      sessionId,
    }
  }

  function toOutcome(answer: Answer, refreshToken: string | undefined): RefreshOutcome {
    if (answer.kind === 'tokens') return { kind: 'tokens', tokens: toTokenSet(answer.tokens) }
    // An endpoint may quote what it was sent, and nobody may hear of it.
    if (answer.kind === 'rejected') return { ...answer, error: [answer.error, refreshToken].join('.') }
    if (answer.kind === 'html') return { kind: 'unavailable', error: 'not_json' }
    if (answer.kind === 'network') return { kind: 'unavailable', error: 'network' }
    const { status, retryAfterMs } = answer
    const error = status === 401 ? 'http_401.empty' : `http_${status}`
    return { kind: 'unavailable', error, ...(retryAfterMs !== undefined && { retryAfterMs }) }
  }

  return {
    kind: 'simulated',
    url: 'https://clinic.example/auth/refresh',
    refreshTokenIn: inCookie ? 'cookie' : 'body',
    accessTokenIn: 'header',
    idempotentRefresh,
    namedRevocation,
    ...(marker && { marker }),
    refresh: ({ refreshToken, idempotencyKey, signal }) =>
      call<RefreshOutcome>((settle) => {
        const hear = parts.onRefresh(network.tokenOf({ inCookie, refreshToken }))
        signal.addEventListener('abort', () => settle({ kind: 'unavailable', error: 'timeout' }), { once: true })
        network.refresh({
          inCookie,
          refreshToken,
          key: idempotencyKey,
          keepalive: inCookie,
          isPageAlive: isAlive,
          settle(answer, onHeard) {
            inPage(() => {
              hear()
              onHeard?.()
            })()
            settle(toOutcome(answer, refreshToken))
          },
        })
      }),
    async revoke({ refreshToken, accessToken, sessionId, signal }) {
      const named = { accessToken, sessionId: namedRevocation ? sessionId : undefined }
      const outcome = await call<boolean | 'other'>((settle) => {
        signal.addEventListener('abort', () => settle(false), { once: true })
        network.revoke({ page: parts.page, inCookie, refreshToken, ...named, signal, settle })
      })
      if (outcome === 'other') throw new TokenManagerError('identity_changed', 'The cookie is of another session.')
      if (!outcome) throw new TypeError('Failed to fetch')
    },
    parse: (response) => toTokenSet(response as Tokens),
  }
}
