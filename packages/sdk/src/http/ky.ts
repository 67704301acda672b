import ky, { type Hooks, type KyInstance, type Options } from 'ky'
import type { TokenManager } from '../contract.ts'
import type { Granted } from '../session/access.ts'
import { isStreamed, referrerOf } from './request.ts'
import { type RequestAuth, requestAuthOf } from './request-auth.ts'

/** What is remembered of one request from hook to hook. */
interface Ticket {
  identity?: number
  granted?: Granted
  replayed?: boolean
  isStreamed?: boolean
}

const TICKET = Symbol('token-manager ticket')

type Context = Record<string | symbol, unknown> & { [TICKET]?: object }

// Beside the context, which ky puts into the errors that it throws.
const tickets = new WeakMap<object, Ticket>()

function ticketOf(context: Context): Ticket {
  const key = context[TICKET]
  return (key && tickets.get(key)) ?? {}
}

/** Puts the token of this moment on the request; waits for one if need be. */
function applyAuth(requestAuth: RequestAuth, request: Request, ticket: Ticket): Promise<Request> {
  return requestAuth.whenAdmitted(ticket.identity ?? requestAuth.identity(), request.signal, (granted) => {
    ticket.granted = granted
    const credentials = requestAuth.applyAuth(request.headers, request.method, granted)
    requestAuth.sent()
    const isOther = credentials !== undefined && credentials !== request.credentials
    return isOther ? new Request(request, { ...referrerOf(request), credentials }) : request
  })
}

/**
 * Hooks for a ky instance of your own: the token is attached, requests wait while there is none, and a `401` is replayed
 * once. The wait is outside ky's time-out for an attempt. With `retry: 0` ky can not replay, and the `401` is yours.
 * The errors that ky throws hold the request, without its token.
 *
 * @throws TokenManagerError `invalid_option` if `tokens` is no token manager
 */
export function createKyHooks(tokens: TokenManager): Hooks {
  const requestAuth = requestAuthOf(tokens)
  return {
    init: [
      (options) => {
        const key = {}
        tickets.set(key, { identity: requestAuth.identity() })
        options.context = { ...options.context, [TICKET]: key }
      },
    ],
    beforeRequest: [
      async ({ request, options }) => {
        if (requestAuth.shouldAuthenticate(request.url, request.headers, request.credentials) === undefined)
          return undefined
        const ticket = ticketOf(options.context)
        ticket.isStreamed = isStreamed(request)
        const signed = await applyAuth(requestAuth, request, ticket)
        // Given back only if it had to be replaced: that ends the round of hooks.
        return signed === request ? undefined : signed
      },
    ],
    beforeRetry: [
      // Whatever ky retries for, it would send the token of the first attempt: by now that may be somebody else's.
      async ({ request, options }) => {
        const ticket = ticketOf(options.context)
        if (!ticket.granted) return undefined
        // It may go elsewhere now, or with credentials of its own.
        requestAuth.stripAuth(request.headers, ticket.granted)
        if (requestAuth.shouldAuthenticate(request.url, request.headers, request.credentials) === undefined)
          return undefined
        const signed = await applyAuth(requestAuth, request, ticket)
        return signed === request ? undefined : signed
      },
    ],
    beforeError: [
      // The error that ky throws holds the request, and is likely to end in a log.
      ({ options, error }) => {
        const request = 'request' in error && error.request
        if (ticketOf(options.context).granted && request instanceof Request) request.headers.delete('authorization')
        return error
      },
    ],
    afterResponse: [
      async ({ request, options, response, retryCount }) => {
        const ticket = ticketOf(options.context)
        if (!ticket.granted) return undefined
        const { granted, replayed: isReplay = false } = ticket
        const { method, url, signal } = request
        // Forcing a retry beyond ky's limit would throw instead of giving the answer to the caller.
        const isRepeatable = !isReplay && !ticket.isStreamed && retryCount < options.retry.limit
        if (!(await requestAuth.shouldReplay({ granted, method, url, signal, isReplay, isRepeatable }, response)))
          return undefined
        ticket.replayed = true
        requestAuth.replayed()
        return ky.retry({ delay: 0 })
      },
    ],
  }
}

/** A ky instance whose requests are authenticated. Your own hooks run after those of the SDK. */
export function createKy(tokens: TokenManager, options: Options = {}): KyInstance {
  return ky.create({ hooks: createKyHooks(tokens) }).extend(options)
}
