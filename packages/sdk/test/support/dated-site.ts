import { decodeClaims } from '../../src/codec/token-response.ts'
import {
  cookieTransport,
  jsonTransport,
  oauth2Transport,
  type RefreshTransport,
  sessionServiceTransport,
  simpleJwtTransport,
} from '../../src/index.ts'
import { jwt } from './jwt.ts'
import { SIMPLE_JWT_ANSWERS } from './simple-jwt-answers.ts'

const LIFETIME_S = 900
const REFRESH = '/auth/refresh/'
const API = '/api/ward'

/** How an endpoint wraps the two tokens. */
const FLAVOURS = {
  'simple-jwt': {
    transport: () => simpleJwtTransport({ url: REFRESH }),
    wrap: (tokens: object) => tokens,
  },
  json: { transport: () => jsonTransport({ url: REFRESH }), wrap: (tokens: object) => tokens },
  cookie: {
    transport: () => cookieTransport({ url: REFRESH, csrf: false }),
    wrap: ({ access }: Tokens) => ({ access }),
  },
  'session-service': {
    transport: () => sessionServiceTransport({ url: REFRESH }),
    wrap: ({ access, refresh }: Tokens) => ({ success: true, data: { accessToken: access, refreshToken: refresh } }),
  },
  oauth2: {
    transport: () => oauth2Transport({ url: REFRESH, clientId: 'ward' }),
    wrap: ({ access, refresh }: Tokens) => ({ access_token: access, refresh_token: refresh, token_type: 'Bearer' }),
  },
} as const

interface Tokens {
  access: string
  refresh?: string
}

export type Flavour = keyof typeof FLAVOURS
export const flavours = Object.keys(FLAVOURS) as Flavour[]

export interface DatedSite {
  transport: RefreshTransport
  network: typeof fetch
  /** What the login endpoint answers. */
  login(): object
  /** What the next refreshes give instead, if it is something else. */
  answer?: (() => object) | undefined
  /** Lets what the server looks at go on, as while the page's laptop sleeps. */
  passes(ms: number): void
  now(): number
  seen: {
    refreshes: number
    /** Those that came when the newest access token had expired. */
    late: number
    unauthorized: number
    answered: number
  }
}

export interface DatedSiteOptions {
  flavour: Flavour
  rotates: boolean
  /** Whether the page can read the answer's `Date`: of another origin it can not. */
  dated: boolean
}

const START_AT = Date.parse(SIMPLE_JWT_ANSWERS.rotating[0]?.at ?? '')

/** A site that makes tokens as SimpleJWT does, by a clock of its own that no clock of the page moves. */
export function createDatedSite({ flavour, rotates, dated }: DatedSiteOptions): DatedSite {
  const [recorded] = SIMPLE_JWT_ANSWERS[rotates ? 'rotating' : 'keeping']
  const { transport, wrap } = FLAVOURS[flavour]
  const seen = { refreshes: 0, late: 0, unauthorized: 0, answered: 0 }
  const beganAt = performance.now()
  let passedMs = 0
  let newestExp = 0
  const now = () => START_AT + passedMs + performance.now() - beganAt
  const seconds = () => Math.floor(now() / 1_000)
  let refreshIat = seconds()

  /** The recorded token with the instants of now; SimpleJWT copies the refresh token's `iat` into each access token. */
  const mint = (token: string | undefined, members: object) => jwt({ ...decodeClaims(token), ...members })

  function tokens(isLogin: boolean): object {
    newestExp = Math.floor(now() / 1_000 + LIFETIME_S)
    const access = mint(recorded?.answer.access, { iat: refreshIat, exp: newestExp })
    if (!isLogin && !rotates) return wrap({ access })
    refreshIat = seconds()
    return wrap({ access, refresh: mint(recorded?.answer.refresh, { iat: refreshIat, exp: refreshIat + 12 * 3_600 }) })
  }

  const site: DatedSite = {
    transport: transport(),
    seen,
    now,
    login() {
      refreshIat = seconds()
      return tokens(true)
    },
    passes(ms) {
      passedMs += ms
    },
    async network(input, init) {
      const request = new Request(input, init)
      const headers = new Headers(dated ? { date: new Date(now()).toUTCString() } : {})
      if (request.url.endsWith(REFRESH)) {
        seen.refreshes++
        if (now() >= newestExp * 1_000) seen.late++
        return Response.json(site.answer ? site.answer() : tokens(false), { headers })
      }
      const [, token] = /^Bearer (.*)$/.exec(request.headers.get('authorization') ?? '') ?? []
      const exp = Number(decodeClaims(token)?.exp)
      if (exp * 1_000 > now()) {
        seen.answered++
        return Response.json({ patients: 12 })
      }
      seen.unauthorized++
      return Response.json({ code: 'token_not_valid' }, { status: 401 })
    },
  }
  return site
}

export { API }
