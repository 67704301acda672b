import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { findServer, freePort } from './debian-server.ts'

const PLACES = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server']
const PORTS_TRIED = 5

export function findRedis(): Promise<string | undefined> {
  return findServer({ name: 'redis-server', variable: 'REDIS_SERVER_PATH', places: PLACES })
}

export interface Redis {
  url: string
  /** Ends the process without a warning, and starts it again on the same data and port. */
  crash(): Promise<void>
  /** Ends the process without a warning; its data stay until `close`. */
  stop(): Promise<void>
  /** What its data take, in memory. */
  usedBytes(): Promise<number>
  /** Keeps the process where it is until `thaw`: it neither answers nor hangs up. */
  freeze(): void
  thaw(): void
  /** Ends it, and removes its data. */
  close(): Promise<void>
}

export interface RedisSettings {
  /** Whether each write is in a file before it is answered; `no`, as nothing shall outlive a test. */
  appendonly?: 'yes' | 'no'
}

/** A Redis of its own on a port of this machine; `undefined` where there is none. */
export async function startRedis({ appendonly = 'no' }: RedisSettings = {}): Promise<Redis | undefined> {
  const program = await findRedis()
  if (program === undefined) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  const start = (port: number) =>
    ready(
      spawn(program, [
        ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder],
        ...['--save', '', '--appendonly', appendonly],
      ]),
    )
  let running: ChildProcess | undefined
  let port = 0
  // Somebody else may take the port first.
  for (let tries = 0; running === undefined && tries < PORTS_TRIED; tries++) {
    port = await freePort()
    running = await start(port)
  }
  let child = running ?? failed()

  async function end(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    stop: end,
    async crash() {
      await end()
      child = (await start(port)) ?? failed()
    },
    async usedBytes() {
      const socket = connect(port, '127.0.0.1')
      socket.write('INFO memory\r\nQUIT\r\n')
      return Number(/^used_memory:(\d+)/m.exec(await text(socket))?.[1])
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async close() {
      await end()
      await rm(folder, { recursive: true })
    },
  }
}

/** `undefined` if it ended instead. */
async function ready(child: ChildProcess): Promise<ChildProcess | undefined> {
  const { stdout } = child
  if (stdout === null) return failed()
  for await (const line of createInterface({ input: stdout })) {
    if (!line.includes('Ready to accept connections')) continue
    stdout.resume()
    return child
  }
  return undefined
}

function failed(): never {
  throw new Error('redis-server does not start.')
}
