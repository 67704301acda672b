import { isIP } from 'node:net'
import type { Context } from 'hono'
import { type AppEnv, incomingOf } from './context.ts'

const NOWHERE = 'unknown'

/**
 * Where a request came from. Of `X-Forwarded-For` only what the trusted proxies wrote counts, each of which adds the
 * address it saw at the end: whatever is before that, the caller may have made up.
 */
export function addressOf(c: Context<AppEnv>, trustedProxies: number): string {
  const seen = incomingOf(c)?.socket.remoteAddress ?? NOWHERE
  if (trustedProxies === 0) return seen
  const forwarded = (c.req.header('X-Forwarded-For') ?? '').split(',').map((part) => part.trim())
  const address = forwarded.at(-trustedProxies) ?? ''
  return isIP(address) === 0 ? seen : address
}
