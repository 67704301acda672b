import { isRecord, type Json } from '../codec/json.ts'
import {
  type RefreshNotDue,
  readHealth,
  readNotDue,
  readStats,
  readValidation,
  type ServiceHealth,
  type SessionStats,
  serviceData,
  type TokenValidation,
} from '../codec/service-answer.ts'
import type { RefreshRequest, RefreshTransport } from '../ports.ts'
import type { RefreshOutcome } from '../types.ts'
import { createEndpoint, type EndpointKind } from './endpoint.ts'
import { checkEndpointOptions, type EndpointOptions } from './endpoint-options.ts'
import { ask, type Inquiry } from './inquiry.ts'

/** Default: the service of the page's own origin, with `baseUrl` `/api/token`. */
export type SessionServiceTransportOptions = EndpointOptions

/** How the service is asked for something else than tokens. */
export interface ServiceRequest {
  /** `tokens.fetch` of a token manager, which brings the access token, or any other. */
  fetch: typeof fetch
  /** Sent along where `fetch` does not bring one. */
  accessToken?: string
  signal?: AbortSignal
}

/**
 * The session service as a transport, and what else it can be asked. The methods reject with `refresh_unavailable` where
 * the service does not answer or refuses, with `invalid_response` where the answer is not the service's, and otherwise
 * with what `fetch` rejects with.
 */
export interface SessionServiceTransport extends RefreshTransport {
  /** What the service thinks of the access token. */
  validate(request: ServiceRequest): Promise<TokenValidation>
  /**
   * A refresh, if the service finds that the access token needs one. It spends the refresh token, so it is for a page
   * that has no token manager: a manager knows when a refresh is due, and lets no two of them happen.
   */
  autoRefresh(request: RefreshRequest & { accessToken?: string }): Promise<RefreshOutcome | RefreshNotDue>
  /** The sessions of a user: one's own, or with the role of an administrator anybody's. */
  sessionStats(userId: string, request: ServiceRequest): Promise<SessionStats>
  health(request: ServiceRequest): Promise<ServiceHealth>
}

const KIND: Omit<EndpointKind, 'toBody'> = {
  kind: 'session-service',
  refreshTokenIn: 'body',
  accessTokenIn: 'header',
  credentials: 'same-origin',
}

function withSubject(data: Json): Json {
  return { ...data, subject: data.subject ?? data.userId }
}

/**
 * The session service: `{ refreshToken }` is answered with `{ success, data: { accessToken, refreshToken, expiresIn,
 * sessionId } }`, durations in milliseconds. Its endpoints lie side by side: `refresh`, `validate`, `auto-refresh`,
 * `session-stats`, `health`. Sign-out calls `revokeUrl`.
 * @throws TokenManagerError `invalid_option`, naming the option and what it must be
 */
export function sessionServiceTransport(options: SessionServiceTransportOptions = {}): SessionServiceTransport {
  const isPlaced = !isRecord(options) || options.url !== undefined || options.baseUrl !== undefined
  const placed = isPlaced ? options : { ...options, baseUrl: '/api/token' }
  checkEndpointOptions(placed)
  const { fromBody = (json) => json } = placed
  const endpoint = (at: EndpointOptions, toBody: EndpointKind['toBody']) =>
    createEndpoint({ ...placed, ...at }, { ...KIND, toBody })

  const transport = endpoint({ fromBody: (json) => withSubject(serviceData(fromBody(json))) }, (refreshToken) =>
    refreshToken ? { refreshToken } : undefined,
  )
  const beside = (name: string) => transport.url.replace(/[^/]*\/?(\?.*)?$/, name)
  const askFor = (name: string, inquiry: Omit<Inquiry, 'url' | 'name'>): Promise<unknown> =>
    ask({ url: beside(name), name, headers: placed.headers, credentials: placed.credentials, ...inquiry })

  return {
    ...transport,
    async validate(request) {
      const { accessToken } = request
      return readValidation(serviceData(await askFor('validate', { request, body: { accessToken } })))
    },
    async autoRefresh({ accessToken, ...request }) {
      let notDue: RefreshNotDue | undefined
      const fromEither = (json: unknown) => {
        const data = serviceData(fromBody(json))
        notDue = readNotDue(data)
        return withSubject(data)
      }
      const at = { url: beside('auto-refresh'), fromBody: fromEither }
      const outcome = await endpoint(at, (refreshToken) => ({ refreshToken, accessToken })).refresh(request)
      return notDue ?? outcome
    },
    async sessionStats(userId, request) {
      return readStats(serviceData(await askFor(`session-stats/${encodeURIComponent(userId)}`, { request })))
    },
    async health(request) {
      return readHealth(await askFor('health', { request, accepts: (status) => status === 503 }))
    },
  }
}
