import type { RefreshTransport } from '../ports.ts'
import { createEndpoint } from './endpoint.ts'
import { checkEndpointOptions, type EndpointOptions } from './endpoint-options.ts'

export interface JsonTransportOptions extends EndpointOptions {
  /** What is sent as JSON, to refresh and to revoke. Default `{ refresh }`. */
  toBody?: (refreshToken: string) => unknown
}

/**
 * Any endpoint that takes and gives JSON, with the refresh token in the body.
 *
 * It understands `access`, `accessToken`, `access_token` or `token`; `refresh`, `refreshToken` or `refresh_token` (an
 * answer without one keeps the old one); `expires_in` in seconds, `expiresIn` in milliseconds or as `"30m"`, else the
 * access token's `exp` and `iat`; likewise `refresh_expires_in` and `refreshExpiresIn`. For other names there is
 * `fromBody`.
 * @throws TokenManagerError `invalid_option`, naming the option and what it must be
 * @example
 * const transport = jsonTransport({ url: '/auth/refresh', revokeUrl: '/auth/logout' })
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.1
 */
export function jsonTransport(options: JsonTransportOptions): RefreshTransport {
  checkEndpointOptions(options)
  const { toBody = (refresh) => ({ refresh }) } = options
  return createEndpoint(options, {
    kind: 'json',
    refreshTokenIn: 'body',
    accessTokenIn: 'header',
    credentials: 'same-origin',
    toBody: (refreshToken) => (refreshToken === undefined ? undefined : toBody(refreshToken)),
  })
}
