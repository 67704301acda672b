import {
  aFunction,
  httpUrl,
  invalidOption,
  is,
  oneOf,
  type Rule,
  type Rules,
  record,
  textLike,
  typeOf,
} from '../codec/schema.ts'
import type { SubjectOf } from '../codec/token-response.ts'

/** What all endpoints have in common. Relative URLs are relative to the page. */
export interface EndpointOptions {
  /** The refresh endpoint. With `baseUrl` it is relative to that. */
  url?: string
  /** What `url` and `revokeUrl` are relative to. Without `url` the refresh endpoint is `refresh` below it. */
  baseUrl?: string
  /** Sign-out calls it. With `baseUrl` it is relative to that. Default: sign-out calls no endpoint. */
  revokeUrl?: string
  /** Sent with every request to the endpoint. A function is called for each request. */
  headers?: HeadersInit | (() => HeadersInit)
  /** Default `same-origin`; with `cookieTransport` it is `include`. */
  credentials?: RequestCredentials
  /**
   * Whether the endpoint answers a repeated `Idempotency-Key` with the same tokens. Then a refresh whose answer was lost is
   * sent again, and nobody is signed out. Default false.
   * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
   */
  idempotentRefresh?: boolean
  /**
   * Whom the session belongs to: any string that is the same at the sign-in and at each refresh, or undefined where an
   * answer does not say. Where two sessions of one user must not be mixed, as for two patients or tenants, it names those,
   * too. Default: the claim `sub` of the access token, then `user_id`.
   */
  subject?: SubjectOf
  /**
   * The header that carries the idempotency key; `false` for none. Default `Idempotency-Key`, to an endpoint of the
   * page's own origin or with `idempotentRefresh`: elsewhere it costs a CORS preflight that many servers refuse.
   */
  idempotencyHeader?: string | false
  /**
   * Brings the endpoint's JSON into a form that the transport understands.
   * @example
   * fromBody: (json) => (json as { data: unknown }).data
   */
  fromBody?: (json: unknown) => unknown
  /** Which answers reject the refresh token, beyond those that do so anyway. The response's body has been read. */
  isRejected?: (response: Response, json: unknown) => boolean
}

export const headerName = textLike(/^[\w-]+$/)

/** `false` switches it off. */
export const orFalse =
  (rule: Rule): Rule =>
  (value, path) =>
    value !== false && rule(value, path)

const RULES: Rules<EndpointOptions & { toBody?: unknown }> = {
  'url?': httpUrl,
  'baseUrl?': httpUrl,
  'revokeUrl?': httpUrl,
  'headers?': is(
    'headers or a function',
    (value) => typeof value === 'function' || (typeof value === 'object' && value && new Headers(Object(value))),
  ),
  'credentials?': oneOf('omit', 'same-origin', 'include'),
  'idempotentRefresh?': typeOf('boolean'),
  'subject?': aFunction,
  'idempotencyHeader?': orFalse(headerName),
  'toBody?': aFunction,
  'fromBody?': aFunction,
  'isRejected?': aFunction,
}

/** @throws TokenManagerError `invalid_option` */
export function checkEndpointOptions(options: EndpointOptions, more?: Record<string, Rule>): void {
  record({ ...RULES, ...more }, 'strict')(options, 'options')
  if (!options.url && !options.baseUrl) throw invalidOption('options.url', 'given, or baseUrl')
  if (options.idempotentRefresh && options.idempotencyHeader === false) {
    throw invalidOption('options.idempotencyHeader', 'a header name where the endpoint replays')
  }
}

export function resolveUrl(path: string, { baseUrl }: EndpointOptions): string {
  const isWhole = baseUrl === undefined || /^([a-z]+:)?\/\//i.test(path)
  const url = isWhole ? path : `${baseUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
  // On a server there is no page to be relative to, and nothing is sent.
  try {
    return new URL(url, document.baseURI).href
  } catch {
    return url
  }
}

export function isOfOwnOrigin(url: string): boolean {
  try {
    return new URL(url).origin === (globalThis.origin ?? location.origin)
  } catch {
    return false
  }
}
