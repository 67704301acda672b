import { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Cuts a connection, with a TCP reset if it is plain TCP. */
export function cutConnection(socket: Socket): void {
  // Other sockets than plain TCP throw on a reset.
  const plain = 'resetAndDestroy' in socket && !('encrypted' in socket)
  if (plain) socket.resetAndDestroy()
  else socket.destroy()
}

/** Cuts a connection when the signal aborts, if it is still open. */
export function cutWhen(signal: AbortSignal, socket: Socket): void {
  const cut = () => cutConnection(socket)
  signal.addEventListener('abort', cut, { once: true })
  socket.once('close', () => signal.removeEventListener('abort', cut))
}

export interface Connections {
  /** Remembers the server of a request. */
  remember(socket: Socket): void
  /** Closes the idle connections of all remembered servers. */
  closeIdle(): void
}

export function createConnections(): Connections {
  const servers = new Set<Server>()

  return {
    remember(socket) {
      // Node's HTTP server stores itself on the socket. The listener may run on a foreign server, so this is the only way.
      const server: unknown = Reflect.get(socket, 'server')
      if (server instanceof Server) servers.add(server)
    },
    closeIdle() {
      for (const server of servers) server.closeIdleConnections()
    },
  }
}
