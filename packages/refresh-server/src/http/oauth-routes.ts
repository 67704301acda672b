import { Hono } from 'hono'
import { requireText } from '../input.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { clearCache, expiresIn, refuse, rejectRefresh } from './answers.ts'
import type { AppEnv, RefreshApp } from './context.ts'
import { idempotencyKeyOf, MAX_ACCESS_TOKEN_LENGTH, MAX_TOKEN_LENGTH, readForm } from './request.ts'

const GRANT_TYPE = 'refresh_token'

/**
 * The token endpoint of OAuth 2, for public clients that are already signed in. It supports only the grant type
 * `refresh_token` (RFC 6749 section 6), and revocation (RFC 7009).
 */
export function createOauthRoutes(sessions: Sessions): RefreshApp {
  const routes = new Hono<AppEnv>()

  routes.post('/token', async (c) => {
    const idempotencyKey = idempotencyKeyOf(c.req.raw)
    const form = await readForm(c.req.raw)
    const grantType = requireText(form, 'grant_type', MAX_TOKEN_LENGTH)
    if (grantType !== GRANT_TYPE) {
      const problem = `the only supported grant type is ${GRANT_TYPE}`
      return refuse(c, { error: 'unsupported_grant_type', error_description: problem }, { status: 400 })
    }
    const refreshToken = requireText(form, 'refresh_token', MAX_TOKEN_LENGTH)
    const result = await sessions.refresh({ refreshToken, idempotencyKey, address: c.get('address') })
    // RFC 6749 section 5.2: an invalid grant is a 400 at this endpoint.
    if (result.kind === 'rejected') return rejectRefresh(c, result, 400)
    const { grant } = result
    // RFC 6749 section 5.1 requires it.
    c.header('Pragma', 'no-cache')
    return c.json({
      access_token: grant.accessToken,
      token_type: 'Bearer',
      expires_in: expiresIn(grant),
      refresh_token: grant.refreshToken,
    })
  })

  routes.post('/revoke', async (c) => {
    const token = requireText(await readForm(c.req.raw), 'token', MAX_ACCESS_TOKEN_LENGTH)
    await sessions.revoke(token, c.get('address'))
    clearCache(c)
    return c.body(null, 200)
  })

  return routes
}
