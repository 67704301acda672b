import { type Context, Hono } from 'hono'
import { type JsonObject, requireText } from '../input.ts'
import type { RateLimits } from '../limits/rate-limits.ts'
import type { Credentials, Sessions } from '../sessions/sessions.ts'
import { MAX_USERNAME_LENGTH } from '../users/users.ts'
import { clearCache, expiresIn, rejectCredentials, rejectRefresh } from './answers.ts'
import { authenticate, limitCalls } from './authenticate.ts'
import { readJson } from './body.ts'
import type { AppEnv, RefreshApp } from './context.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'

const MAX_PASSWORD_LENGTH = 1_000

/** Of a refresh token; ours are much shorter. */
export const MAX_TOKEN_LENGTH = 1_000

export const MAX_ACCESS_TOKEN_LENGTH = 8_000

export async function readCredentials(c: Context<AppEnv>): Promise<Omit<Credentials, 'accessTokenIn'>> {
  return { ...credentialsIn(await readJson(c.req.raw)), address: c.get('address') }
}

/** @throws InvalidInputError naming what is missing or too long */
export function credentialsIn(body: JsonObject): Pick<Credentials, 'username' | 'password'> {
  return {
    username: requireText(body, 'username', MAX_USERNAME_LENGTH),
    password: requireText(body, 'password', MAX_PASSWORD_LENGTH),
  }
}

/** The flavour whose tokens travel as JSON. */
export function createAuthRoutes(sessions: Sessions, limits: RateLimits): RefreshApp {
  const routes = new Hono<AppEnv>()

  routes.post('/login', async (c) => {
    const grant = await sessions.signIn({ ...(await readCredentials(c)), accessTokenIn: 'body' })
    if (grant === undefined) return rejectCredentials(c)
    return c.json({
      access: grant.accessToken,
      refresh: grant.refreshToken,
      expires_in: expiresIn(grant),
      user: grant.user,
    })
  })

  routes.post('/refresh', async (c) => {
    const idempotencyKey = idempotencyKeyOf(c.req.raw)
    const refreshToken = requireText(await readJson(c.req.raw), 'refresh', MAX_TOKEN_LENGTH)
    const result = await sessions.refresh({ refreshToken, idempotencyKey, address: c.get('address') })
    if (result.kind === 'rejected') return rejectRefresh(c, result)
    const { grant } = result
    return c.json({ access: grant.accessToken, refresh: grant.refreshToken, expires_in: expiresIn(grant) })
  })

  routes.post('/logout', async (c) => {
    await sessions.signOut(requireText(await readJson(c.req.raw), 'refresh', MAX_TOKEN_LENGTH), c.get('address'))
    clearCache(c)
    return c.body(null, 204)
  })

  routes.get('/me', authenticate(sessions), limitCalls(limits), (c) => {
    const { username, name, roles } = c.get('claims')
    return c.json({ user: { username, name, roles } })
  })

  return routes
}
