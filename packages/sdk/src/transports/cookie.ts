import { hashOf } from '../codec/namespace.ts'
import { oneOf, record, textLike, typeOf } from '../codec/schema.ts'
import type { RefreshTransport } from '../ports.ts'
import { createEndpoint } from './endpoint.ts'
import { checkEndpointOptions, type EndpointOptions, headerName, orFalse } from './endpoint-options.ts'

export interface CsrfOptions {
  /** A cookie that scripts may read. */
  cookie: string
  /** The header that repeats it. */
  header: string
}

export interface CookieTransportOptions extends EndpointOptions {
  /** What is sent as JSON. Default: no body. */
  toBody?: () => unknown
  /** CSRF by double submit. Default `{ cookie: 'csrftoken', header: 'X-CSRFToken' }`; `false` for none. */
  csrf?: CsrfOptions | false
  /**
   * The name of a cookie that scripts can read. Each answer of the refresh endpoint must change it, also a `401`, and nothing
   * else may. If a page is left in the middle of a refresh, the next page sees by it that the answer has come. Without it the
   * next page waits until the refresh is `refreshTimeoutMs` old. Default: none.
   */
  marker?: string
  /** `'cookie'`: scripts never see the access token; the answer gives only its lifetime. Default `'header'`. */
  accessTokenIn?: 'header' | 'cookie'
  /**
   * A sign-out sends `{ sessionId }` to `revokeUrl`: the `sessionId` of the answer to the sign-in, or the claim `sid` of the
   * access token. The server must end that session and no other, and clear the cookies of no other. If the request does not
   * show that it may end the session, the server must answer 409. A late revocation can then not end the session of somebody
   * who has signed in meanwhile. Default false.
   */
  namedRevocation?: boolean
}

const cookieName = textLike(/^[\w.-]+$/)

/** Undefined where there is no such cookie, where none may be read, or where it would not fit into a header. */
export function readCookie(name: string, cookies: () => string): string | undefined {
  try {
    const pair = cookies()
      .split('; ')
      .find((candidate) => candidate.startsWith(`${name}=`))
    const value = pair?.slice(name.length + 1).replace(/(%[\da-f]{2})+/gi, decodeURIComponent)
    return value && /^[!-~]+$/.test(value) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * A refresh token in an HttpOnly cookie. The request is sent with `keepalive`, so that the browser stores the new cookie
 * even if the page is gone by then. It understands the same answers as `jsonTransport`, and ignores a refresh token in
 * them.
 * @throws TokenManagerError `invalid_option`, naming the option and what it must be
 * @example
 * const transport = cookieTransport({ url: '/auth/refresh', revokeUrl: '/auth/logout' })
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-4.1.2.6
 */
export function cookieTransport(options: CookieTransportOptions): RefreshTransport {
  checkEndpointOptions(options, {
    'marker?': cookieName,
    'csrf?': orFalse(record<CsrfOptions>({ cookie: cookieName, header: headerName }, 'strict')),
    'accessTokenIn?': oneOf('header', 'cookie'),
    'namedRevocation?': typeOf('boolean'),
  })
  const { csrf = { cookie: 'csrftoken', header: 'X-CSRFToken' }, accessTokenIn = 'header', toBody } = options
  const { namedRevocation = false, marker } = options
  return createEndpoint(options, {
    kind: 'cookie',
    refreshTokenIn: 'cookie',
    accessTokenIn,
    credentials: 'include',
    namedRevocation,
    toBody: () => toBody?.(),
    ...(marker !== undefined && {
      marker() {
        const value = readCookie(marker, () => document.cookie)
        return value ? hashOf(value) : ''
      },
    }),
    ...(csrf && {
      csrfHeader() {
        const value = readCookie(csrf.cookie, () => document.cookie)
        return value ? { name: csrf.header, value } : undefined
      },
    }),
  })
}
