import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { AccessTokenClaims } from '../tokens/access-token.ts'

export interface CookieStyle {
  /** Of the refresh token's cookie, without a prefix. */
  name: string
  sameSite: 'Strict' | 'Lax'
  /** Whether cookies are `Secure` and have the prefix `__Host-`. */
  secure: boolean
}

export interface AppEnv {
  Bindings: Partial<HttpBindings>
  Variables: {
    claims: AccessTokenClaims
    /** Where the request came from. */
    address: string
    cookies: CookieStyle
  }
}

export type RefreshApp = Hono<AppEnv>

/** Node's own request; absent for `app.request()`, which gives no bindings at all. */
export function incomingOf(c: Context<AppEnv>): IncomingMessage | undefined {
  const bindings: Partial<HttpBindings> | undefined = c.env
  return bindings?.incoming
}

/** Lets no further request come over the connection of this one. */
export function endConnection(c: Context<AppEnv>): void {
  const isHttp1 = (incomingOf(c)?.httpVersionMajor ?? 1) === 1
  if (isHttp1) c.header('Connection', 'close')
}
