import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import {
  createRefreshServer,
  hashPassword,
  type QaControl,
  type RefreshServerOptions,
  type UserRecord,
} from '@token-manager/refresh-server'
import type { ManagerConfig } from '../page/page.ts'

/** A request as it came in. */
export interface Seen {
  method: string
  /** With the query. */
  path: string
  authorization: string | undefined
  /** All headers, as text to search in. */
  headers: string
  /** Below `/fixture` only. */
  body?: string
}

export interface Origin {
  /** Like `http://127.0.0.1:4180`. */
  url: string
  qa: QaControl
  /** Every request so far, but for pages and scripts. */
  seen: Seen[]
  /** How far the server's clock is ahead, in milliseconds. */
  clock: { aheadMs: number }
  /** Access tokens that `/fixture/ward` answers with 401. */
  refused: Set<string>
  /** Keeps requests for a path waiting before they are served, until the function that it returns is called. */
  hold(path: string): () => void
  close(): Promise<void>
}

export interface OriginOptions {
  /** The page's module. */
  script: string
  /** What the page may connect to besides its own origin. */
  connectTo?: readonly string[]
  server?: RefreshServerOptions
  /** Whether the page is cross-origin isolated: its clock has 5 microseconds then instead of 100. Default false. */
  isolated?: boolean
  /** Whether a rejected refresh clears the cookies, as some servers do; ours does not. Default false. */
  clearsWhenRejecting?: boolean
}

// A hash that costs next to nothing: signing in is not what is tested here.
const cheap = { ln: 4, r: 1, p: 1 }
const users: readonly UserRecord[] = [
  { username: 'amara', name: 'Dr Amara', roles: ['clinician'], passwordHash: await hashPassword('amara-pw', cheap) },
  { username: 'ben', name: 'Ben', roles: ['clinician'], passwordHash: await hashPassword('ben-pw', cheap) },
]

const PAGE =
  '<!doctype html><html lang="en"><title>Fixture</title><script type="module" src="/page.js"></script></html>'

/** The address of a page that makes this manager when it is loaded. */
export function addressOf(origin: Origin, manager: ManagerConfig = {}): string {
  return `${origin.url}/?manager=${encodeURIComponent(JSON.stringify(manager))}`
}

/** A page and a real refresh server on one loopback origin, with some further endpoints below `/fixture`. */
export async function createOrigin({
  script,
  connectTo = [],
  server = {},
  isolated = false,
  clearsWhenRejecting = false,
}: OriginOptions): Promise<Origin> {
  const clock = { aheadMs: 0 }
  const refreshServer = createRefreshServer({ users, now: () => Date.now() + clock.aheadMs, ...server, qa: true })
  const { qa, listener } = refreshServer
  if (qa === undefined) throw new Error('The refresh server has no QA mode.')
  const seen: Seen[] = []
  const refused = new Set<string>()
  const held = new Map<string, Promise<void>>()
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    ["connect-src 'self'", ...connectTo].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')

  function servePage(res: ServerResponse): void {
    if (isolated) {
      res.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
      res.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    }
    res.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' })
    res.end(PAGE)
  }

  function serveScript(res: ServerResponse): void {
    res.writeHead(200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-cache' }).end(script)
  }

  async function serveFixture(req: IncomingMessage, res: ServerResponse, request: Seen): Promise<void> {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://fixture')
    // As answers of an API are; and nothing waits for a cache on a disk.
    res.setHeader('Cache-Control', 'no-store')
    // Whoever may read this is decided by the browser that sent it: what arrives here is what the tests look at.
    res.setHeader('Access-Control-Allow-Origin', req.headers.origin ?? '*')
    res.setHeader('Access-Control-Allow-Headers', 'Authorization')
    if (req.method === 'OPTIONS') return void res.writeHead(204).end()
    if (pathname === '/fixture/redirect') {
      return void res.writeHead(307, { Location: searchParams.get('to') ?? '/' }).end()
    }
    request.body = await text(req)
    await delay(Number(searchParams.get('afterMs') ?? 0))
    const isRefused = refused.has(req.headers.authorization ?? '')
    res.writeHead(isRefused ? 401 : 200, { 'Content-Type': 'application/json' }).end('{}')
  }

  function ownUrl(): string {
    const address = http.address()
    if (address === null || typeof address === 'string') throw new Error('The server has no port.')
    return `http://127.0.0.1:${address.port}`
  }

  const http = createServer(async (req, res) => {
    const { method = 'GET', url: path = '/' } = req
    const [pathname = '/'] = path.split('?')
    if (['/', '/other', '/slashed/', '/elsewhere'].includes(pathname)) return servePage(res)
    // As servers lead to their login: some add a slash, some go elsewhere and forget what they were given.
    const ledTo = { '/slashed': path.replace('/slashed', '/slashed/'), '/moved': '/elsewhere' }[pathname]
    if (ledTo !== undefined) return void res.writeHead(302, { Location: ledTo }).end()
    if (pathname === '/page.js') return serveScript(res)
    if (pathname === '/embedding') {
      return void res.writeHead(200, { 'Content-Type': 'text/html' }).end(`<iframe src="${ownUrl()}/"></iframe>`)
    }
    const { authorization } = req.headers
    const request: Seen = { method, path, authorization, headers: req.rawHeaders.join('\n') }
    seen.push(request)
    await held.get(pathname)
    if (pathname.startsWith('/fixture/')) return serveFixture(req, res, request).catch(() => void res.destroy())
    if (clearsWhenRejecting && pathname === '/auth/cookie/refresh') {
      const writeHead = res.writeHead.bind(res) as (...given: unknown[]) => ServerResponse
      const clear = 'refresh_token=; Path=/auth/cookie; Max-Age=0; HttpOnly; SameSite=Strict'
      const clearing = (status: number, headers: OutgoingHttpHeaders = {}) => {
        const cookies = [headers['set-cookie'] ?? []].flat()
        return writeHead(status, status === 401 ? { ...headers, 'set-cookie': [...cookies, clear] } : headers)
      }
      res.writeHead = clearing as typeof res.writeHead
    }
    listener(req, res)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))

  return {
    url: ownUrl(),
    qa,
    seen,
    clock,
    refused,
    hold(path) {
      let release = () => {}
      held.set(path, new Promise((resolve) => (release = resolve)))
      return () => {
        held.delete(path)
        release()
      }
    },
    async close() {
      await refreshServer.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
