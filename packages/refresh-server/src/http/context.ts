import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { AccessTokenClaims } from '../tokens/access-token.ts'

/** How cookies are set. */
export interface CookieStyle {
  /** Name of the refresh token's cookie, without a prefix. */
  name: string
  sameSite: 'Strict' | 'Lax'
  /** Whether cookies are `Secure` and have the prefix `__Host-`. */
  secure: boolean
}

export interface AppEnv {
  Bindings: Partial<HttpBindings>
  Variables: {
    claims: AccessTokenClaims
    /** The address that the request came from. */
    address: string
    cookies: CookieStyle
  }
}

/** A Hono app with the endpoints of the refresh server. */
export type RefreshApp = Hono<AppEnv>

/** Node's own request. Absent for `app.request()`, which has no bindings. */
export function incomingOf(c: Context<AppEnv>): IncomingMessage | undefined {
  const bindings: Partial<HttpBindings> | undefined = c.env
  return bindings?.incoming
}

/** Closes the connection after this answer. */
export function endConnection(c: Context<AppEnv>): void {
  const isHttp1 = (incomingOf(c)?.httpVersionMajor ?? 1) === 1
  if (isHttp1) c.header('Connection', 'close')
}
