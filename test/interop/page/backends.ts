import { cookieTransport, oauth2Transport, type RefreshTransport, simpleJwtTransport } from '@token-manager/sdk'

/** Which backend a page is made for; it stands in the page's address. */
export type PageConfig = { leadMs?: number; idleTimeoutMs?: number } & (
  | { backend: 'simple-jwt' | 'all-cookies' | 'renewed-by-server' | 'login-form' }
  | { backend: 'openid'; issuer: string; clientId: string }
)

export interface Backend {
  transport: RefreshTransport
  /** Origins besides the page's own that get the token. */
  allowedOrigins?: string[]
  /** Gives what `setSession` takes. */
  signIn(username: string): Promise<unknown>
  /** What the server made for the login that this page is of, where it signs in by itself. */
  loginId?(): string | undefined
  /** Says who is signed in. */
  whoUrl: string
  /** A call of the protected API. */
  apiUrl: string
}

const network = globalThis.fetch.bind(globalThis)

async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await network(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  return answer.json()
}

const credentials = (username: string) => ({ username, password: `${username}-pw` })
const django = { whoUrl: '/account/me/', apiUrl: '/api/ward/patients' }

function allCookies(url: string): Backend {
  const transport = cookieTransport({ url, revokeUrl: '/account/session/logout/', accessTokenIn: 'cookie' })
  return {
    ...django,
    transport,
    async signIn(username) {
      // Any page of the site brings the CSRF cookie.
      await network('/account/page/')
      const csrf = transport.csrfHeader?.()
      return post('/account/session/login/', credentials(username), csrf && { [csrf.name]: csrf.value })
    },
  }
}

export function backendFor(config: PageConfig): Backend {
  switch (config.backend) {
    case 'simple-jwt':
      return {
        ...django,
        transport: simpleJwtTransport({ baseUrl: '/account/token', revokeUrl: 'blacklist/' }),
        signIn: (username) => post('/account/token/', credentials(username)),
      }
    case 'all-cookies':
      return allCookies('/account/session/refresh/')
    case 'login-form':
      return {
        ...allCookies('/account/session/refresh/'),
        signIn: () => Promise.reject(new Error('Signing in is the server’s own business.')),
        loginId: () => /(?:^|; )login_id=([^;]+)/.exec(document.cookie)?.[1],
      }
    case 'renewed-by-server':
      return allCookies('/account/session/keep-alive/')
    case 'openid': {
      const { issuer, clientId } = config
      return {
        transport: oauth2Transport({ baseUrl: issuer, revokeUrl: 'token/revocation', clientId }),
        allowedOrigins: [issuer],
        // Its pages are no part of this one.
        signIn: () => Promise.reject(new Error('Signing in is the provider’s business.')),
        whoUrl: `${issuer}/me`,
        apiUrl: `${issuer}/me`,
      }
    }
  }
}
