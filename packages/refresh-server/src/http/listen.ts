import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { InvalidOptionError } from '../errors.ts'
import { isIntegerWithin } from '../input.ts'

const CLOSE_WAIT_MS = 2_000

export interface Listening {
  /** Like `http://127.0.0.1:4180`. */
  url: string
  /** Lets requests under way finish, for at most two seconds. */
  close(): Promise<void>
}

/**
 * Serves `listener` over HTTP.
 * @throws InvalidOptionError naming `port`; otherwise what `net.Server.listen` fails with
 */
export async function listen(
  listener: (req: IncomingMessage, res: ServerResponse) => void,
  { port, host }: { port: number; host: string },
): Promise<Listening> {
  if (!isIntegerWithin(port, { min: 0, max: 65_535 })) {
    throw new InvalidOptionError('port', 'must be an integer from 0 to 65535')
  }
  const server = createServer(listener)
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
      closed ??= closeServer(server)
      return closed
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => server.closeAllConnections(), CLOSE_WAIT_MS)
    server.close(() => {
      clearTimeout(impatience)
      resolve()
    })
  })
}
