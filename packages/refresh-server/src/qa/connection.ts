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
