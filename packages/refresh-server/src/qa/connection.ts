import { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Ends a connection at once, with a TCP reset where it is plain TCP. */
export function cutConnection(socket: Socket): void {
  // Only a plain TCP socket has something to reset; others throw.
  const plain = 'resetAndDestroy' in socket && !('encrypted' in socket)
  if (plain) socket.resetAndDestroy()
  else socket.destroy()
}

/** Ends a connection when the signal comes, if it still lives. */
export function cutWhen(signal: AbortSignal, socket: Socket): void {
  const cut = () => cutConnection(socket)
  signal.addEventListener('abort', cut, { once: true })
  socket.once('close', () => signal.removeEventListener('abort', cut))
}

export interface Connections {
  /** Takes note of the server that a request came through. */
  seen(socket: Socket): void
  /** Closes what the servers seen keep alive. */
  closeIdle(): void
}

export function createConnections(): Connections {
  const servers = new Set<Server>()

  return {
    seen(socket) {
      // Node's HTTP server leaves itself there; another server may mount the listener, so there is no other way to it.
      const server: unknown = Reflect.get(socket, 'server')
      if (server instanceof Server) servers.add(server)
    },
    closeIdle() {
      for (const server of servers) server.closeIdleConnections()
    },
  }
}
