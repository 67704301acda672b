import {
  createRefreshServer,
  hashPassword,
  type QaControl,
  type RefreshServerOptions,
  type UserRecord,
} from '@token-manager/refresh-server'
import {
  cookieTransport,
  jsonTransport,
  oauth2Transport,
  type RefreshOutcome,
  type RefreshTransport,
  sessionServiceTransport,
  simpleJwtTransport,
} from '@token-manager/sdk'
import { onTestFinished } from 'vitest'
import { type CookieJar, createCookieJar } from './cookie-jar.ts'

export type Flavour = 'json' | 'cookie' | 'simple-jwt' | 'session-service' | 'oauth2'

/** A session that somebody signed in for, and whoever refreshes it. */
export interface InteropSession {
  transport: RefreshTransport
  qa: QaControl
  /** What the sign-in gave; where the refresh token is a cookie it is in the jar instead. */
  refreshToken: string | undefined
  /** What the jar would send now, where the refresh token is a cookie. */
  cookie(): string | undefined
  refresh(request?: { refreshToken?: string | undefined; key?: string; signal?: AbortSignal }): Promise<RefreshOutcome>
  revoke(refreshToken?: string): Promise<void>
  /** What the protected API says. */
  statusOf(outcome: RefreshOutcome): Promise<number>
}

const password = 'amara-pw'
// A hash that costs next to nothing: signing in is not what is tested here.
const passwordHash = await hashPassword(password, { ln: 4, r: 1, p: 1 })
const users: readonly UserRecord[] = [{ username: 'amara', name: 'Dr Amara', roles: ['clinician'], passwordHash }]
const TIMEOUT_MS = 20_000

export interface SignInOptions {
  flavour: Flavour
  server?: RefreshServerOptions
  /** Whether requests carry the CSRF token. Default true. */
  csrf?: boolean
}

interface Surroundings {
  url: string
  jar: CookieJar
  csrf: boolean
}

function endpointsOf(
  flavour: Flavour,
  { url, jar, csrf }: Surroundings,
): { transport: RefreshTransport; loginUrl: string } {
  const idempotentRefresh = true
  switch (flavour) {
    case 'json': {
      const transport = jsonTransport({ baseUrl: `${url}/auth`, revokeUrl: 'logout', idempotentRefresh })
      return { transport, loginUrl: `${url}/auth/login` }
    }
    case 'simple-jwt': {
      const transport = simpleJwtTransport({
        baseUrl: `${url}/auth`,
        url: 'refresh',
        revokeUrl: 'logout',
        idempotentRefresh,
      })
      return { transport, loginUrl: `${url}/auth/login` }
    }
    case 'cookie': {
      // Outside of a page there is no document to read the cookie from.
      const headers = () => ({ ...(csrf && { 'X-CSRFToken': jar.get('csrftoken') ?? '' }) })
      const transport = cookieTransport({
        baseUrl: `${url}/auth/cookie`,
        revokeUrl: 'logout',
        idempotentRefresh,
        headers,
      })
      return { transport, loginUrl: `${url}/auth/cookie/login` }
    }
    case 'session-service': {
      const transport = sessionServiceTransport({ baseUrl: `${url}/api/token`, revokeUrl: 'logout', idempotentRefresh })
      return { transport, loginUrl: `${url}/api/token/login` }
    }
    case 'oauth2': {
      const transport = oauth2Transport({
        baseUrl: `${url}/oauth`,
        revokeUrl: 'revoke',
        clientId: 'ward',
        idempotentRefresh,
      })
      // How a user signs in is not the token endpoint's business.
      return { transport, loginUrl: `${url}/auth/login` }
    }
  }
}

/** Signs in at a refresh server of its own, over a real connection. */
export async function signIn({ flavour, server = {}, csrf = true }: SignInOptions): Promise<InteropSession> {
  const refreshServer = createRefreshServer({ users, ...server, qa: true })
  onTestFinished(() => refreshServer.close())
  const { qa } = refreshServer
  if (qa === undefined) throw new Error('The refresh server has no QA mode.')
  const { url } = await refreshServer.listen()
  const jar = createCookieJar()
  const { transport, loginUrl } = endpointsOf(flavour, { url, jar, csrf })
  const answer = await jar.fetch(loginUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'amara', password }),
  })
  const { refreshToken } = transport.parse(await answer.json())

  return {
    transport,
    qa,
    refreshToken,
    cookie: () => jar.get('refresh_token'),
    refresh: ({ refreshToken: token = refreshToken, key = 'a-key', signal = AbortSignal.timeout(TIMEOUT_MS) } = {}) =>
      transport.refresh({
        idempotencyKey: key,
        signal,
        fetch: jar.fetch,
        ...(token !== undefined && { refreshToken: token }),
      }),
    async revoke(token = refreshToken) {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      await transport.revoke?.({ signal, fetch: jar.fetch, ...(token !== undefined && { refreshToken: token }) })
    },
    async statusOf(outcome) {
      const accessToken = outcome.kind === 'tokens' ? outcome.tokens.accessToken : undefined
      const response = await fetch(`${url}/api/ward/patients`, { headers: { Authorization: `Bearer ${accessToken}` } })
      await response.body?.cancel()
      return response.status
    },
  }
}
