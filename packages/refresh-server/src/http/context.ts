import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import type { AccessTokenClaims } from '../tokens/access-token.ts'

/** Node's own objects are there when a Node server received the request, and absent for `app.request()`. */
export interface AppEnv {
  Bindings: Partial<HttpBindings>
  Variables: { claims: AccessTokenClaims }
}

export type RefreshApp = Hono<AppEnv>
