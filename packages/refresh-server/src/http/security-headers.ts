import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { AppEnv } from './context.ts'

const HSTS = 'max-age=31536000'

/**
 * What browsers shall not do with the answers, which are data and never a page: show them in a frame, guess their type,
 * run something in them, tell others where they came from (OWASP HTTP Headers Cheat Sheet).
 */
export function securityHeaders(): MiddlewareHandler<AppEnv> {
  const [overHttp, overHttps] = [false, HSTS].map((strictTransportSecurity) =>
    secureHeaders({
      strictTransportSecurity,
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      xFrameOptions: 'DENY',
    }),
  )
  // RFC 6797 section 7.2: over plain http the header is not sent.
  return async (c, next) => (c.get('cookies').secure ? overHttps : overHttp)?.(c, next)
}
