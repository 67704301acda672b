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

/** Whether the browser's connection is https; what a proxy in front says of that counts if it is trusted. */
export function isHttps(c: Context<AppEnv>, trustedProxies: number): boolean {
  const seen = c.req.url.startsWith('https:')
  if (trustedProxies === 0) return seen
  const forwarded = c.req.header('X-Forwarded-Proto')?.split(',').at(-1)?.trim().toLowerCase()
  return forwarded === undefined ? seen : forwarded === 'https'
}

/** Whether a host name or address, as in a URL or a socket, means this machine (RFC 6761 section 6.3, RFC 4291). */
export function isLoopback(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:/, '')
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

/** Whether a `Host` header, port included, means this machine. */
export function isLoopbackHostHeader(header: string): boolean {
  const url = URL.parse(`http://${header}`)
  return url !== null && isLoopback(url.hostname)
}
