import type { RefreshTransport } from '../ports.ts'
import { createEndpoint } from './endpoint.ts'
import { checkEndpointOptions, type EndpointOptions } from './endpoint-options.ts'

/** With `baseUrl` the refresh endpoint is `refresh/` below it, as Django has it. */
export type SimpleJwtTransportOptions = EndpointOptions

/**
 * Django REST framework's SimpleJWT (`TokenRefreshView`): `{ refresh }` is answered with `{ access }`, and with
 * `refresh` too where `ROTATE_REFRESH_TOKENS` is on; without it the old one is kept. Lifetimes come from the JWTs.
 * `revokeUrl` is that of `TokenBlacklistView`. Rejected is what has the code `token_not_valid`, and any other 401 in
 * JSON.
 * @see https://django-rest-framework-simplejwt.readthedocs.io/en/latest/settings.html
 * @throws TokenManagerError `invalid_option`, naming the option and what it must be
 */
export function simpleJwtTransport(options: SimpleJwtTransportOptions): RefreshTransport {
  checkEndpointOptions(options)
  return createEndpoint(
    { ...options, url: options.url ?? 'refresh/' },
    {
      kind: 'simple-jwt',
      refreshTokenIn: 'body',
      accessTokenIn: 'header',
      credentials: 'same-origin',
      toBody: (refresh) => refresh && { refresh },
    },
  )
}
