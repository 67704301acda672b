import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { HttpError } from '../errors.ts'
import { isLoopback, isLoopbackHostHeader } from '../http/address.ts'
import { type AppEnv, incomingOf, type RefreshApp } from '../http/context.ts'
import { readJson } from '../http/request.ts'
import { requireObject } from '../input.ts'
import type { UncheckedQaControl } from './control.ts'

/** Serves the control over HTTP, to this machine only. */
export function createQaRoutes(control: UncheckedQaControl, allowedOrigins: readonly string[]): RefreshApp {
  const routes = new Hono<AppEnv>()

  routes.use(onlyLocal(allowedOrigins))

  routes.get('/state', (c) => c.json(control.state()))
  routes.get('/counts', (c) => c.json(control.counts()))
  routes.post('/faults', async (c) => c.json(control.setFault(await readJson(c.req.raw))))
  routes.post('/lifetimes', async (c) => c.json(control.setLifetimes(await readJson(c.req.raw))))
  routes.post('/reuse', async (c) => {
    const { mode } = requireObject(await readJson(c.req.raw), ['mode'])
    return c.json(control.setReuse(mode))
  })
  routes.post('/reset', (c) => c.json(control.reset()))

  return routes
}

/** Refuses requests from other machines. */
export function onlyLocal(allowedOrigins: readonly string[]): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    requireLocal(c, allowedOrigins)
    await next()
  }
}

/** The address excludes other machines, the Host header DNS rebinding, and the Origin header foreign pages. */
function requireLocal(c: Context<AppEnv>, allowedOrigins: readonly string[]): void {
  const address = incomingOf(c)?.socket.remoteAddress
  const origin = c.req.header('Origin')
  const { host, origin: ownOrigin } = new URL(c.req.url)
  const local =
    address !== undefined &&
    isLoopback(address) &&
    isLoopbackHostHeader(host) &&
    (origin === undefined || origin === ownOrigin || allowedOrigins.includes(origin))
  if (!local) throw new HttpError(403, 'forbidden', 'the QA mode answers this machine only')
}
