import { membersOf } from '../codec/json.ts'
import { isToken, textLike } from '../codec/schema.ts'
import { decodeClaims } from '../codec/token-response.ts'
import type { RefreshTransport, RevokeRequest } from '../ports.ts'
import { createEndpoint, type EndpointKind } from './endpoint.ts'
import { checkEndpointOptions, type EndpointOptions, resolveUrl } from './endpoint-options.ts'

export interface OAuth2TransportOptions extends EndpointOptions {
  /** The public client (RFC 6749 section 2.1); a browser keeps no client secret. */
  clientId: string
  /** Asks for less than was granted (RFC 6749 section 6), separated by spaces. Default: what was granted. */
  scope?: string
}

const KIND: Omit<EndpointKind, 'toBody'> = {
  kind: 'oauth2',
  refreshTokenIn: 'body',
  accessTokenIn: 'header',
  credentials: 'same-origin',
  encoding: { contentType: 'application/x-www-form-urlencoded', encode: String },
}

/** An access token may be opaque; an OpenID provider still says whose it is (OpenID Connect Core 1.0 section 12.2). */
function withSubject(json: unknown): unknown {
  const members = membersOf(json)
  const idToken = members?.id_token
  const claims = isToken(idToken) ? decodeClaims(idToken) : undefined
  return claims ? { ...members, subject: members?.subject ?? claims.sub } : json
}

/**
 * An OAuth 2 token endpoint, for a public client: a refresh by RFC 6749 section 6, as a form; the answer by section
 * 5.1. Only `invalid_grant` (section 5.2) and a bare 401 in JSON reject. `revokeUrl` is a revocation endpoint by RFC
 * 7009: it is told the refresh token, or the access token where there is no other. With `baseUrl` the token endpoint is
 * `token` below it. The subject is that of the access token if it is a JWT, else that of the ID token.
 * @throws TokenManagerError `invalid_option`, naming the option and what it must be
 * @example
 * const transport = oauth2Transport({ url: 'https://id.example.com/token', clientId: 'ward' })
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 * @see https://www.rfc-editor.org/rfc/rfc7009
 */
export function oauth2Transport(options: OAuth2TransportOptions): RefreshTransport {
  checkEndpointOptions(options, {
    // RFC 6749 appendices A.1 and A.4.
    clientId: textLike(/^[ -~]+$/, 'a string of printable ASCII'),
    'scope?': textLike(/^[!#-[\]-~]+( [!#-[\]-~]+)*$/),
  })
  const { revokeUrl, ...common } = options
  const { clientId, scope, url = 'token', fromBody = (json) => json, isRejected } = common
  const revocationUrl = revokeUrl === undefined ? undefined : resolveUrl(revokeUrl, options)
  const form = (members: Record<string, string>) => new URLSearchParams({ ...members, client_id: clientId })
  const endpoint = (at: EndpointOptions, toBody: EndpointKind['toBody']) =>
    createEndpoint({ ...common, ...at }, { ...KIND, toBody })

  /** RFC 7009 section 2.1. Without an `Authorization`, which would be that of the client. */
  function revokeAt(address: string, { refreshToken, accessToken = '', ...request }: RevokeRequest): Promise<void> {
    const token_type_hint = refreshToken ? 'refresh_token' : 'access_token'
    const { revoke } = endpoint(
      {
        url: address,
        revokeUrl: address,
        // Section 2.2.1: no repetition will be heard.
        isRejected: (response, json) =>
          membersOf(json)?.error === 'unsupported_token_type' || isRejected?.(response, json) === true,
      },
      (token = '') => form({ token, token_type_hint }),
    )
    return revoke?.({ ...request, refreshToken: refreshToken || accessToken }) ?? Promise.resolve()
  }

  return {
    ...endpoint({ url, fromBody: (json) => withSubject(fromBody(json)) }, (token = '') =>
      form({ grant_type: 'refresh_token', refresh_token: token, ...(scope && { scope }) }),
    ),
    ...(revocationUrl !== undefined && { revoke: (request: RevokeRequest) => revokeAt(revocationUrl, request) }),
  }
}
