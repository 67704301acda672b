import { Hono } from 'hono'
import { requireText } from '../input.ts'
import type { RateLimits } from '../limits/rate-limits.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { clearCache, expiresIn, rejectCredentials, rejectRefresh } from './answers.ts'
import { authenticate, limitCalls } from './authenticate.ts'
import type { AppEnv, RefreshApp } from './context.ts'
import { idempotencyKeyOf, MAX_TOKEN_LENGTH, readCredentials, readJson } from './request.ts'

/** The endpoints that exchange tokens as JSON. */
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
