import { Hono } from 'hono'
import { requireText } from '../input.ts'
import type { Sessions } from '../tokens/sessions.ts'
import { MAX_USERNAME_LENGTH } from '../users/users.ts'
import { expiresIn, rejectCredentials, rejectRefresh } from './answers.ts'
import { authenticate } from './authenticate.ts'
import { readJson } from './body.ts'
import type { AppEnv, RefreshApp } from './context.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'

const MAX_PASSWORD_LENGTH = 1_000

/** Of a refresh token; ours are much shorter. */
export const MAX_TOKEN_LENGTH = 1_000

export async function readCredentials(request: Request): Promise<{ username: string; password: string }> {
  const body = await readJson(request)
  return {
    username: requireText(body, 'username', MAX_USERNAME_LENGTH),
    password: requireText(body, 'password', MAX_PASSWORD_LENGTH),
  }
}

/** The flavour whose tokens travel as JSON. */
export function createAuthRoutes(sessions: Sessions): RefreshApp {
  const routes = new Hono<AppEnv>()

  routes.post('/login', async (c) => {
    const grant = await sessions.signIn({ ...(await readCredentials(c.req.raw)), accessTokenIn: 'body' })
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
    const result = await sessions.refresh(refreshToken, idempotencyKey)
    if (result.kind === 'rejected') return rejectRefresh(c, result)
    const { grant } = result
    return c.json({ access: grant.accessToken, refresh: grant.refreshToken, expires_in: expiresIn(grant) })
  })

  routes.post('/logout', async (c) => {
    await sessions.signOut(requireText(await readJson(c.req.raw), 'refresh', MAX_TOKEN_LENGTH))
    return c.body(null, 204)
  })

  routes.get('/me', authenticate(sessions), (c) => {
    const { username, name, roles } = c.get('claims')
    return c.json({ user: { username, name, roles } })
  })

  return routes
}
