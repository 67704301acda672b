import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Provider } from 'oidc-provider'
import { createCookieJar } from './cookie-jar.ts'

const REDIRECT_URI = 'http://127.0.0.1/callback'
const MAX_REDIRECTS = 10
export const CLIENT_ID = 'ward'

export interface OpenIdProvider {
  /** Its URL. */
  issuer: string
  /** Requests so far, as `POST /token 200`. */
  requests: string[]
  counts: { refreshTokensSpent: number; grantsRevoked: number }
  /** Authorization code with PKCE, as a browser would, to the token response. */
  signIn(scope?: string): Promise<unknown>
  close(): Promise<void>
}

export interface OpenIdProviderOptions {
  /** Default: 15 minutes. */
  accessLifetimeS?: number
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), kty: 'EC', use: 'sig', alg: 'ES256' }
}

function createProvider(issuer: string, accessLifetimeS: number): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [REDIRECT_URI],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    scopes: ['openid', 'ward:read'],
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(24).toString('hex')] },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: accessLifetimeS,
      RefreshToken: 43_200,
      AuthorizationCode: 60,
      IdToken: 900,
      Interaction: 600,
      Session: 43_200,
      Grant: 43_200,
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    clientBasedCORS: (_, origin) => new URL(origin).hostname.endsWith('.localhost'),
    findAccount: async (_, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    // Whoever signs in has agreed to everything.
    async loadExistingGrant({ oidc }) {
      const { provider, client, session, params } = oidc
      if (client === undefined || session?.accountId === undefined) return undefined
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope(`${params?.scope}`)
      await grant.save()
      return grant
    },
  })
}

/** Follows redirects within the provider, and gives the code that it sends to the application. */
async function authorize(issuer: string, parameters: Record<string, string>): Promise<string> {
  const jar = createCookieJar()
  let url = `${issuer}/auth?${new URLSearchParams(parameters)}`
  for (let redirects = 0; url.startsWith(issuer); redirects++) {
    if (redirects > MAX_REDIRECTS) throw new Error(`The provider goes in circles: ${url}`)
    const answer = await jar.fetch(url, { redirect: 'manual' })
    const location = answer.headers.get('Location')
    if (location === null) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
    url = new URL(location, issuer).href
  }
  const code = new URL(url).searchParams.get('code')
  if (code === null) throw new Error(`There is no code in ${url}`)
  return code
}

/** An OpenID provider on a free port of 127.0.0.1, which lets everybody in. */
export async function startOpenIdProvider({
  accessLifetimeS = 900,
}: OpenIdProviderOptions = {}): Promise<OpenIdProvider> {
  const requests: string[] = []
  const counts = { refreshTokensSpent: 0, grantsRevoked: 0 }
  let handle = (_req: IncomingMessage, res: ServerResponse): unknown => res.writeHead(503).end()
  const server = createServer((req, res) => {
    const [path] = (req.url ?? '').split('?')
    res.once('finish', () => requests.push(`${req.method} ${path} ${res.statusCode}`))
    handle(req, res)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  const issuer = `http://127.0.0.1:${address.port}`
  const provider = createProvider(issuer, accessLifetimeS)
  provider.on('refresh_token.consumed', () => counts.refreshTokensSpent++)
  provider.on('grant.revoked', () => counts.grantsRevoked++)
  const callback = provider.callback()
  handle = (req, res) =>
    req.url?.startsWith('/interaction/')
      ? provider.interactionFinished(req, res, { login: { accountId: 'amara' } })
      : callback(req, res)

  return {
    issuer,
    requests,
    counts,
    async signIn(scope = 'openid ward:read') {
      const verifier = randomBytes(32).toString('base64url')
      const application = { client_id: CLIENT_ID, redirect_uri: REDIRECT_URI }
      const code = await authorize(issuer, {
        ...application,
        response_type: 'code',
        scope,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      })
      const answer = await fetch(`${issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({ ...application, grant_type: 'authorization_code', code, code_verifier: verifier }),
      })
      if (!answer.ok) throw new Error(`token: ${answer.status} ${await answer.text()}`)
      return answer.json()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
