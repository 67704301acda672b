import { mayRefreshHelp } from '../codec/challenge.ts'
import { TokenManagerError } from '../errors.ts'
import type { Environment, RefreshTransport } from '../ports.ts'
import type { Granted } from '../session/access.ts'

/** A request that carried the session. */
export interface Sent {
  granted: Granted
  method: string
  url: string
  signal: AbortSignal | undefined
  /** It was sent before, with another token. */
  isReplay: boolean
  /** It can be sent once more. */
  isRepeatable: boolean
}

/** What requests need of the session. */
export interface Access {
  /** Whose requests these are now. */
  identity(): number
  /** Nobody is signed in, as far as this page knows, and a request would carry nothing of an earlier session. */
  isAnonymous(): boolean
  /**
   * What may be sent in this turn, or a promise that settles when it is worth asking again.
   * @throws TokenManagerError as `getAccessToken` does; rejects with the signal's reason when it aborts
   */
  admit(identity: number, signal: AbortSignal | undefined): Granted | Promise<unknown>
  /** Waits for something newer than what got a `401`; false where another refresh would not help. */
  renew(sent: Sent): Promise<boolean>
  /** A success came back. */
  accepted(sent: Sent): void
  /** A request left. */
  sent(): void
  /** A `401` came back. */
  unauthorized(): void
  replayed(): void
}

export interface RequestAuthOptions {
  transport: Pick<RefreshTransport, 'url' | 'accessTokenIn' | 'csrfHeader'>
  /** The page, whose own origin's requests get the token. */
  environment: Pick<Environment, 'origin' | 'base'>
  allowedOrigins: readonly string[]
}

/** Says which requests get the token, and puts it on. */
export interface RequestAuth extends Access {
  /**
   * Waits until something may be sent, and calls `send` in the same turn: in the next one someone may have signed out.
   * @throws TokenManagerError as `getAccessToken` does; rejects with the signal's reason when it aborts
   */
  whenAdmitted<T>(identity: number, signal: AbortSignal, send: (granted: Granted) => T): Promise<T>
  /** The whole address of a request that is to carry the session; nothing for all others. */
  shouldAuthenticate(url: string, headers: Headers, credentials: RequestCredentials | undefined): string | undefined
  /** Puts the session on the headers; returns the credentials mode that the request needs, if any. */
  applyAuth(headers: Headers, method: string, granted: Granted): RequestCredentials | undefined
  /** Takes off what `applyAuth` has put on. */
  stripAuth(headers: Headers, granted: Granted): void
  /** Takes note of the answer. After a `401` that a newer token may help it waits for one; true: send the request again. */
  shouldReplay(sent: Sent, response: Response): false | Promise<boolean>
}

const SAFE_METHOD = /^(GET|HEAD|OPTIONS|TRACE)$/i

export function createRequestAuth(
  access: Access,
  { transport, environment, allowedOrigins }: RequestAuthOptions,
): RequestAuth {
  const origins = new Set([environment.origin, ...allowedOrigins])
  const inCookie = transport.accessTokenIn === 'cookie'

  function resolve(url: string): URL | undefined {
    try {
      return new URL(url, environment.base() || undefined)
    } catch {
      return undefined
    }
  }

  /** Only http(s) has an origin that means something here: a `blob:` URL reports that of the page that made it. */
  function isAllowed({ protocol, origin, href }: URL): boolean {
    // The endpoint itself is spoken to without the session: it is what the session comes from.
    return /^https?:$/.test(protocol) && origins.has(origin) && href !== resolve(transport.url)?.href
  }

  /** A redirect to another origin drops the token (Fetch Standard, HTTP-redirect fetch): the answer is not about it. */
  const isFromElsewhere = ({ redirected, url }: Response, sent: Sent) =>
    redirected && resolve(url)?.origin !== resolve(sent.url)?.origin

  const bearer = ({ accessToken }: Granted) => `Bearer ${accessToken}`

  return {
    ...access,
    async whenAdmitted(identity, signal, send) {
      for (;;) {
        const granted = access.admit(identity, signal)
        if (!(granted instanceof Promise)) return send(granted)
        await granted
      }
    },
    shouldAuthenticate(url, headers, credentials) {
      const target = credentials === 'omit' || headers.has('authorization') ? undefined : resolve(url)
      return target && isAllowed(target) ? target.href : undefined
    },
    applyAuth(headers, method, granted) {
      if (granted.accessToken !== undefined) headers.set('Authorization', bearer(granted))
      if (!inCookie) return undefined
      const csrf = SAFE_METHOD.test(method) ? undefined : transport.csrfHeader?.()
      if (csrf) headers.set(csrf.name, csrf.value)
      return 'include'
    },
    stripAuth(headers, granted) {
      if (headers.get('Authorization') === bearer(granted)) headers.delete('Authorization')
      const csrf = inCookie ? transport.csrfHeader?.() : undefined
      if (csrf) headers.delete(csrf.name)
    },
    shouldReplay(sent, response) {
      if (response.ok) access.accepted(sent)
      if (response.status !== 401) return false
      access.unauthorized()
      if (isFromElsewhere(response, sent)) return false
      return mayRefreshHelp(response.headers.get('www-authenticate'), inCookie) && access.renew(sent)
    },
  }
}

// Registered, so that `/ky` finds it also on a manager of another copy of the SDK.
const REQUEST_AUTH = Symbol.for('@token-manager/sdk/request-auth')

/** Attaches it to what apps hold, for the entries that are built on it. */
export function withRequestAuth<T extends object>(target: T, requestAuth: RequestAuth): T {
  return Object.assign(target, { [REQUEST_AUTH]: requestAuth })
}

/** @throws TokenManagerError `invalid_option` if `target` is no token manager */
export function requestAuthOf(target: object): RequestAuth {
  const requestAuth = (target as { [REQUEST_AUTH]?: RequestAuth } | undefined)?.[REQUEST_AUTH]
  if (requestAuth) return requestAuth
  throw new TokenManagerError('invalid_option', 'tokens must be a TokenManager')
}
