import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { getRequestListener, RequestError } from '@hono/node-server'
import { InvalidOptionError } from '../errors.ts'
import { isIntegerWithin } from '../input.ts'
import { refusalBody } from './answers.ts'
import type { RefreshApp } from './context.ts'

const CLOSE_WAIT_MS = 2_000
const TIMEOUT_CHECK_MS = 1_000

/** A listening server. */
export interface Listening {
  /** Its address, such as `http://127.0.0.1:4180`. */
  url: string
  /** Stops listening. Pending requests get at most two seconds to finish. */
  close(): Promise<void>
}

/**
 * Serves `listener` over HTTP.
 * @throws InvalidOptionError naming `port`; otherwise what `net.Server.listen` fails with
 */
export async function listen(
  listener: (req: IncomingMessage, res: ServerResponse) => void,
  { port, host, requestTimeoutMs }: { port: number; host: string; requestTimeoutMs: number },
): Promise<Listening> {
  if (!isIntegerWithin(port, { min: 0, max: 65_535 })) {
    throw new InvalidOptionError('port', 'must be an integer from 0 to 65535')
  }
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(requestTimeoutMs, TIMEOUT_CHECK_MS),
    },
    listener,
  )
  const underWay = new Set<ServerResponse>()
  server.on('request', (_, res: ServerResponse) => {
    underWay.add(res)
    res.once('close', () => underWay.delete(res))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  let closed: Promise<void> | undefined
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`,
    close() {
      closed ??= closeServer(server, underWay)
      return closed
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

async function closeServer(server: Server, underWay: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const answered = Promise.allSettled([...underWay].map((res) => once(res, 'close')))
  const patience = new AbortController()
  await Promise.race([answered, delay(CLOSE_WAIT_MS, undefined, { signal: patience.signal }).catch(() => {})])
  patience.abort()
  // Includes connections that a browser opened early and never used. Node does not count them as idle.
  server.closeAllConnections()
  await closed
}

/** Creates a listener for a Node server. Broken requests get an error body in the format of their endpoint. */
export function createListener(app: RefreshApp): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    const errorHandler = (error: unknown) => answerBrokenRequest(req.url ?? '', error)
    void getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler })(req, res)
  }
}

function answerBrokenRequest(path: string, error: unknown): Response {
  const broken = error instanceof RequestError
  const refusal = broken
    ? { error: 'invalid_request', error_description: error.message }
    : { error: 'server_error', error_description: 'something went wrong in the refresh server' }
  const headers = { 'Cache-Control': 'no-store' }
  return Response.json(refusalBody(path, refusal), { status: broken ? 400 : 500, headers })
}
