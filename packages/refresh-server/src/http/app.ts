import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { routePath } from 'hono/route'
import { secureHeaders } from 'hono/secure-headers'
import { HttpError, InvalidInputError, RateLimitedError, StoreUnavailableError } from '../errors.ts'
import type { AuditRecorder } from '../sessions/audit-recorder.ts'
import type { KeyRing } from '../tokens/signing-keys.ts'
import { addressOf, isHttps } from './address.ts'
import { refuse } from './answers.ts'
import { createAuthRoutes } from './auth-routes.ts'
import { type AppEnv, type CookieStyle, endConnection, type RefreshApp } from './context.ts'
import { createCookieRoutes } from './cookie-routes.ts'
import { CSRF_FAILED } from './cookies.ts'
import { endpointOf } from './endpoints.ts'
import type { Metrics } from './metrics.ts'
import { metricsRoute } from './metrics.ts'
import { createOauthRoutes } from './oauth-routes.ts'
import { createSessionServiceRoutes, type SessionServiceRoutesOptions } from './session-service-routes.ts'
import { createWardRoutes, type WardRoutesOptions } from './ward-routes.ts'

const ALLOWED_HEADERS = ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-CSRFToken']
const PREFLIGHT_MAX_AGE_S = 600
const RETRY_AFTER_S = 1
const HSTS = 'max-age=31536000'
/** The detail of an audit entry by the code of an error. */
const REFUSALS: Readonly<Record<string, string>> = {
  forbidden: 'forbidden',
  [CSRF_FAILED]: CSRF_FAILED,
  too_many_requests: 'rate_limited',
}

export interface AppOptions extends WardRoutesOptions, SessionServiceRoutesOptions {
  keys: Pick<KeyRing, 'published'>
  audit: AuditRecorder
  metrics: Metrics
  /** Without a token there are metrics only in the QA mode. */
  metricsToken: string | undefined
  allowedOrigins: readonly string[]
  trustedProxies: number
  /** `secure: false` lets the connection decide. */
  cookie: CookieStyle
  log: (line: string) => void
  closing: AbortSignal
  /** Present in the QA mode. */
  qa: QaHttp | undefined
}

/** The additions of the QA mode to the app. */
export interface QaHttp {
  /** Sees each request before its endpoint does, and may answer it or cut its connection. */
  injectFaults: MiddlewareHandler<AppEnv>
  /** Served under `/qa`. */
  routes: RefreshApp
  /** Refuses requests from other machines. */
  onlyLocal: MiddlewareHandler<AppEnv>
}

/** Creates the app with all endpoints. It works without a network. */
export function createApp(options: AppOptions): RefreshApp {
  const { sessions, keys, limits, audit, now, metrics, metricsToken } = options
  const { allowedOrigins, trustedProxies, cookie, log, closing, qa } = options
  const app = new Hono<AppEnv>()

  app.use(async (c, next) => {
    const startedAt = performance.now()
    await next()
    const status = c.res.headers.has('x-hono-already-sent') ? 'cut' : c.res.status
    // The route instead of the path, because a path may contain a token.
    const [{ method }, route, durationMs] = [c.req, routePath(c, -1), performance.now() - startedAt]
    metrics.countRequest({ method, route, status: `${status}`, durationMs })
    log(`${method} ${route} ${status} ${Math.round(durationMs)} ms`)
  })

  app.use(async (c, next) => {
    c.set('address', addressOf(c, trustedProxies))
    c.set('cookies', { ...cookie, secure: cookie.secure || isHttps(c, trustedProxies) })
    await next()
  })
  app.use(securityHeaders())
  app.use(auditRefusals(audit, now))

  app.use(async (c, next) => {
    if (closing.aborted) throw closed()
    await next()
    c.header('Cache-Control', 'no-store')
    // RFC 9110 section 15.5.2: every 401 names the expected authentication.
    if (c.res.status === 401 && !c.res.headers.has('WWW-Authenticate')) c.header('WWW-Authenticate', 'Bearer')
    // Browsers repeat a POST by themselves when a kept-alive connection is reset.
    if (closing.aborted || endpointOf(c.req.path) === 'refresh') endConnection(c)
  })

  if (allowedOrigins.length > 0) {
    app.use(
      cors({
        origin: [...allowedOrigins],
        credentials: true,
        allowHeaders: ALLOWED_HEADERS,
        allowMethods: ['GET', 'POST', 'DELETE'],
        exposeHeaders: ['Retry-After', 'WWW-Authenticate'],
        maxAge: PREFLIGHT_MAX_AGE_S,
      }),
    )
  }

  if (qa !== undefined) {
    app.use(qa.injectFaults)
    app.route('/qa', qa.routes)
    if (metricsToken === undefined) app.use('/metrics', qa.onlyLocal)
  }
  app.get('/metrics', metricsRoute(metrics, { token: metricsToken, open: qa !== undefined }))
  app.get('/.well-known/jwks.json', (c) => c.json(keys.published()))
  app.route('/auth', createAuthRoutes(sessions, limits))
  app.route('/auth/cookie', createCookieRoutes(options))
  app.route('/oauth', createOauthRoutes(sessions))
  app.route('/api/token', createSessionServiceRoutes(options))
  app.route('/api/ward', createWardRoutes(options))

  app.notFound((c) =>
    refuse(c, { error: 'not_found', error_description: 'there is no such endpoint' }, { status: 404 }),
  )
  // Once the store is closed, pending requests fail at any point.
  app.onError((error, c) => answerError(c, closing.aborted ? closed() : error, log))
  return app
}

function closed(): HttpError {
  return new HttpError(503, 'closed', 'the refresh server has been closed')
}

function answerError(c: Context<AppEnv>, error: Error, log: (line: string) => void): Response {
  if (error instanceof InvalidInputError) {
    return refuse(c, { error: 'invalid_request', error_description: error.message }, { status: 400 })
  }
  if (error instanceof HttpError) {
    const headers: Record<string, string> =
      error instanceof RateLimitedError ? { 'Retry-After': `${Math.ceil(error.retryAfterMs / 1_000)}` } : {}
    return refuse(c, { error: error.code, error_description: error.message }, { status: error.status, headers })
  }
  if (error instanceof StoreUnavailableError) {
    log(`unavailable ${c.req.method} ${routePath(c, -1)}: ${error.message}`)
    const problem = { error: 'unavailable', error_description: 'the sessions cannot be reached; try again' }
    return refuse(c, problem, { status: 503, headers: { 'Retry-After': `${RETRY_AFTER_S}` } })
  }
  log(`error ${c.req.method} ${routePath(c, -1)} ${error.name}: ${error.message}`)
  const problem = { error: 'server_error', error_description: 'something went wrong in the refresh server' }
  return refuse(c, problem, { status: 500 })
}

/**
 * Sets security headers for answers that are data and never a page: no frames, no guessed types, no scripts, no referrer.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
 */
function securityHeaders(): MiddlewareHandler<AppEnv> {
  const [overHttp, overHttps] = [false, HSTS].map((strictTransportSecurity) =>
    secureHeaders({
      strictTransportSecurity,
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      xFrameOptions: 'DENY',
    }),
  )
  // RFC 6797 section 7.2: Strict-Transport-Security must not be sent over plain http.
  return async (c, next) => (c.get('cookies').secure ? overHttps : overHttp)?.(c, next)
}

/** Records refused requests with a valid access token: a missing role, a rate limit, or a failed CSRF check. */
function auditRefusals(audit: Pick<AuditRecorder, 'record'>, now: () => number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next()
    const claims: AppEnv['Variables']['claims'] | undefined = c.get('claims')
    const detail = c.error instanceof HttpError ? REFUSALS[c.error.code] : undefined
    if (claims === undefined || detail === undefined) return
    const { username, familyId: sessionId } = claims
    const address = c.get('address')
    await audit.record([{ at: now(), operation: 'access', outcome: 'refused', detail, username, sessionId, address }])
  }
}
