import { setTimeout as delay } from 'node:timers/promises'
import { type Context, Hono } from 'hono'
import { every } from 'hono/combine'
import { HttpError } from '../errors.ts'
import { requireText } from '../input.ts'
import type { RateLimits } from '../limits/rate-limits.ts'
import type { Grant } from '../sessions/grant.ts'
import type { AccessCheck, Sessions } from '../sessions/sessions.ts'
import type { Store } from '../store/store.ts'
import type { SessionFamily } from '../tokens/family.ts'
import { refreshThresholdMs, type TokenPolicy } from '../tokens/policy.ts'
import { hashRefreshToken } from '../tokens/refresh-token.ts'
import { clearCache, rejectCredentials, rejectRefresh } from './answers.ts'
import { authenticate, bearerToken, limitCalls } from './authenticate.ts'
import type { AppEnv, RefreshApp } from './context.ts'
import { idempotencyKeyOf, MAX_ACCESS_TOKEN_LENGTH, MAX_TOKEN_LENGTH, readCredentials, readJson } from './request.ts'

const ADMIN = 'admin'
const HEALTH_TIMEOUT_MS = 2_000

export interface SessionServiceRoutesOptions {
  sessions: Sessions
  limits: RateLimits
  store: Store
  policy: () => TokenPolicy
  now: () => number
}

/** The endpoints of the session service. Every answer is `{ success, data }`; durations and instants are in milliseconds. */
export function createSessionServiceRoutes(options: SessionServiceRoutesOptions): RefreshApp {
  const { sessions, limits, store, policy, now } = options
  const routes = new Hono<AppEnv>()
  const signedIn = authenticate(sessions)
  const limited = every(signedIn, limitCalls(limits))

  async function refresh(c: Context<AppEnv>, refreshToken: string, more: object = {}): Promise<Response> {
    const request = { refreshToken, idempotencyKey: idempotencyKeyOf(c.req.raw), address: c.get('address') }
    const result = await sessions.refresh(request)
    return result.kind === 'rejected' ? rejectRefresh(c, result) : succeed(c, { ...more, ...tokensOf(result.grant) })
  }

  const checkAccess = (c: Context<AppEnv>, accessToken: string): Promise<AccessCheck> =>
    sessions.checkAccess({ accessToken, address: c.get('address'), operation: 'validate' })

  async function sessionOf(refreshToken: string): Promise<string | undefined> {
    return (await store.findToken(hashRefreshToken(refreshToken)))?.family.id
  }

  function stateOf(checked: AccessCheck) {
    if (checked.kind === 'invalid') {
      return { isValid: false, isExpired: false, needsRefresh: true, expiresAt: null, timeUntilExpiry: 0, userId: null }
    }
    const { kind, expiresAt, claims } = checked
    const timeUntilExpiry = Math.max(0, expiresAt - now())
    const needsRefresh = kind !== 'valid' || timeUntilExpiry <= refreshThresholdMs(policy())
    const isExpired = kind !== 'valid' && timeUntilExpiry === 0
    return { isValid: kind === 'valid', isExpired, needsRefresh, expiresAt, timeUntilExpiry, userId: claims.username }
  }

  routes.post('/login', async (c) => {
    const grant = await sessions.signIn({ ...(await readCredentials(c)), accessTokenIn: 'body' })
    return grant === undefined ? rejectCredentials(c) : succeed(c, { ...tokensOf(grant), user: grant.user })
  })

  routes.post('/refresh', async (c) =>
    refresh(c, requireText(await readJson(c.req.raw), 'refreshToken', MAX_TOKEN_LENGTH)),
  )

  routes.post('/auto-refresh', async (c) => {
    const body = await readJson(c.req.raw)
    const refreshToken = requireText(body, 'refreshToken', MAX_TOKEN_LENGTH)
    const accessToken = bearerOf(c) ?? body.accessToken
    // Without an access token of the same session, a refresh is needed.
    if (accessToken === undefined) return refresh(c, refreshToken, { refreshed: true })
    const checked = await checkAccess(c, requireText({ accessToken }, 'accessToken', MAX_ACCESS_TOKEN_LENGTH))
    const { needsRefresh, expiresAt, timeUntilExpiry } = stateOf(checked)
    if (checked.kind !== 'valid' || needsRefresh || (await sessionOf(refreshToken)) !== checked.claims.familyId) {
      return refresh(c, refreshToken, { refreshed: true })
    }
    await limits.call(checked.claims.familyId)
    return succeed(c, { refreshed: false, expiresAt, timeUntilExpiry })
  })

  routes.post('/validate', async (c) => {
    const accessToken = bearerOf(c) ?? requireText(await readJson(c.req.raw), 'accessToken', MAX_ACCESS_TOKEN_LENGTH)
    const checked = await checkAccess(c, accessToken)
    await (checked.kind === 'invalid' ? limits.guess(c.get('address')) : limits.call(checked.claims.familyId))
    return succeed(c, stateOf(checked))
  })

  routes.post('/logout', async (c) => {
    await sessions.signOut(requireText(await readJson(c.req.raw), 'refreshToken', MAX_TOKEN_LENGTH), c.get('address'))
    clearCache(c)
    return succeed(c, {})
  })

  routes.get('/session-stats/:userId', limited, async (c) => {
    const { username, roles } = c.get('claims')
    const userId = c.req.param('userId')
    if (userId !== username && !roles.includes(ADMIN)) {
      throw new HttpError(403, 'forbidden', `the sessions of another user need the role ${ADMIN}`)
    }
    const list = await sessions.sessionsOf(userId)
    return succeed(c, {
      userId,
      activeSessions: list.length,
      maxConcurrentSessions: policy().maxSessions,
      lastUsedAt: list.length === 0 ? null : Math.max(...list.map(({ lastUsedAt }) => lastUsedAt)),
      sessions: list.map((family) => describe(c, family)),
    })
  })

  routes.get('/sessions', limited, async (c) => {
    const list = await sessions.sessionsOf(c.get('claims').username)
    return succeed(c, { sessions: list.map((family) => describe(c, family)) })
  })

  routes.delete('/sessions/:sessionId', signedIn, async (c) => {
    const { username, familyId } = c.get('claims')
    const sessionId = c.req.param('sessionId')
    const ended = await sessions.endSession(username, sessionId, c.get('address'))
    if (!ended) throw new HttpError(404, 'not_found', 'you have no such session')
    if (sessionId === familyId) clearCache(c)
    return succeed(c, {})
  })

  routes.get('/health', async (c) => {
    const healthy = await isHealthy(store)
    return c.json({ success: healthy, data: { status: healthy ? 'ok' : 'unavailable' } }, healthy ? 200 : 503)
  })

  return routes
}

function succeed(c: Context<AppEnv>, data: object): Response {
  return c.json({ success: true, data })
}

function bearerOf(c: Context<AppEnv>): string | undefined {
  const header = c.req.header('Authorization')
  return header === undefined ? undefined : bearerToken(header)
}

function tokensOf({ accessToken, refreshToken, accessLifetimeMs, sessionId }: Grant) {
  return { accessToken, refreshToken, expiresIn: accessLifetimeMs, sessionId }
}

function describe(c: Context<AppEnv>, { id, createdAt, lastUsedAt, expiresAt }: SessionFamily) {
  return { sessionId: id, createdAt, lastUsedAt, expiresAt, current: id === c.get('claims').familyId }
}

/** Whether the store answers in time. */
export async function isHealthy(store: Store): Promise<boolean> {
  const timer = new AbortController()
  const late = delay(HEALTH_TIMEOUT_MS, false, { signal: timer.signal }).catch(() => false)
  // No session has this id. What counts is that the store answers.
  const answered = store.findFamily('health').then(
    () => true,
    () => false,
  )
  const healthy = await Promise.race([answered, late])
  timer.abort()
  return healthy
}
