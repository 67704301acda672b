import { isIP } from 'node:net'
import type { Context } from 'hono'
import { type AppEnv, incomingOf } from './context.ts'

const UNKNOWN_ADDRESS = 'unknown'

/**
 * The address that a request came from. Each trusted proxy appends the address that it saw to `X-Forwarded-For`. Earlier
 * parts of the header may be forged and are ignored.
 */
export function addressOf(c: Context<AppEnv>, trustedProxies: number): string {
  const seen = incomingOf(c)?.socket.remoteAddress ?? UNKNOWN_ADDRESS
  if (trustedProxies === 0) return seen
  const forwarded = (c.req.header('X-Forwarded-For') ?? '').split(',').map((part) => part.trim())
  const address = forwarded.at(-trustedProxies) ?? ''
  return isIP(address) === 0 ? seen : address
}

/** Whether the browser uses https. `X-Forwarded-Proto` counts only with trusted proxies. */
export function isHttps(c: Context<AppEnv>, trustedProxies: number): boolean {
  const seen = c.req.url.startsWith('https:')
  if (trustedProxies === 0) return seen
  const forwarded = c.req.header('X-Forwarded-Proto')?.split(',').at(-1)?.trim().toLowerCase()
  return forwarded === undefined ? seen : forwarded === 'https'
}

/** Whether a host name or address is loopback (RFC 6761 section 6.3, RFC 4291). */
export function isLoopback(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:/, '')
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

/** Whether a `Host` header, with or without a port, names loopback. */
export function isLoopbackHostHeader(header: string): boolean {
  const url = URL.parse(`http://${header}`)
  return url !== null && isLoopback(url.hostname)
}
