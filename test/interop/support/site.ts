import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** A request that a backend answered, and what it answered. */
export interface Exchange {
  method: string
  path: string
  status: number
  authorization: string | undefined
  cookiesSet: readonly string[]
  body: string
  /** When it came, and how long the backend took. Epoch and elapsed milliseconds. */
  at: number
  tookMs: number
}

export interface InteropSite {
  /** Like `http://site-1.localhost:4180`: cookies know no ports, so that each has a name of its own. */
  url: string
  /** Every request to the backend so far, in the order of the answers. */
  exchanges: Exchange[]
  close(): Promise<void>
}

const PAGE = '<!doctype html><html lang="en"><title>Ward</title><script type="module" src="/page.js"></script></html>'
let sites = 0

/** The page, and on the same origin whatever the backend has. */
export async function createSite(script: string, backend?: string): Promise<InteropSite> {
  const exchanges: Exchange[] = []

  async function forward(req: IncomingMessage, res: ServerResponse, target: string): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = req
    const at = Date.now()
    const body = await buffer(req)
    // A connection for each, and the page's own Host: the backend is to see the site's origin.
    const outgoing = request(new URL(path, target), { method, headers: { ...headers, connection: 'close' } })
    outgoing.end(body)
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject)
    })
    const answered = await buffer(answer)
    const { statusCode: status = 502, headers: sent } = answer
    const { authorization } = headers
    const cookiesSet = sent['set-cookie'] ?? []
    exchanges.push({
      method,
      path,
      status,
      authorization,
      cookiesSet,
      body: answered.toString(),
      at,
      tookMs: Date.now() - at,
    })
    const { connection: _, 'transfer-encoding': _encoding, ...kept } = sent
    res.writeHead(status, { ...kept, 'cache-control': 'no-store' }).end(answered)
  }

  const server = createServer((req, res) => {
    const [path] = (req.url ?? '/').split('?')
    const headers = { 'Cache-Control': 'no-cache' }
    if (path === '/') return void res.writeHead(200, { ...headers, 'Content-Type': 'text/html' }).end(PAGE)
    if (path === '/page.js') {
      return void res.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' }).end(script)
    }
    if (backend === undefined) return void res.writeHead(404).end()
    forward(req, res, backend).catch(() => void res.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return {
    url: `http://site-${++sites}.localhost:${address.port}`,
    exchanges,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** How requests for this path were answered, in that order. */
export function statusesOf({ exchanges }: InteropSite, path: string): number[] {
  return exchanges.filter((exchange) => exchange.path === path).map(({ status }) => status)
}
