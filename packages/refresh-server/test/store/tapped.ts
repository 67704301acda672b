import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A proxy to a Redis. Once it is silenced, nothing passes over the existing connections. */
export async function tapped(redis: string) {
  const { hostname, port } = new URL(redis)
  const open: Socket[] = []
  const tap = createServer((socket) => {
    const onward = connect({ host: hostname, port: Number(port) })
    socket.pipe(onward).pipe(socket)
    for (const side of [socket, onward]) open.push(side.on('error', () => {}))
  })
  tap.listen(0, '127.0.0.1')
  await once(tap, 'listening')
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    tap.close()
  })
  return {
    url: `redis://127.0.0.1:${(tap.address() as AddressInfo).port}`,
    silence() {
      for (const socket of open) socket.unpipe().pause()
    },
  }
}
