import type { Server } from 'node:http'

export const LOOPBACK = '127.0.0.1'

const LAST_PORT = 65_535

/**
 * Listens on this machine: at `port`, or at the next one that is free; 0 is any free port.
 * @returns the port that was free
 */
export async function listenFrom(server: Server, port: number): Promise<number> {
  for (let candidate = port; ; candidate += 1) {
    try {
      await listen(server, candidate)
      break
    } catch (error) {
      if (!isTaken(error) || candidate === LAST_PORT) throw error
    }
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
