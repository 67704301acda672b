import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { fileOrRedis } from '../audit/support.ts'
import { listenTestServer } from '../support.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export type Operated = Awaited<ReturnType<typeof serve>>

/** A server over HTTP, on a store that commands are run on too. */
export async function serve(options: Parameters<typeof listenTestServer>[0] = {}) {
  const store = fileOrRedis()
  const log: string[] = []
  const served = await listenTestServer({ store, log: (line) => log.push(line), ...options })
  return { ...served, store, log, run: (...args: string[]) => runOn(store, args) }
}

/** Runs the command on a store, a file by argument and a Redis by variable. */
async function runOn(store: string, args: readonly string[]) {
  if (store.startsWith('redis:')) return runCommand(args, { REDIS_URL: store })
  const [command = '', ...rest] = args
  return runCommand([command, '--store', store, ...rest])
}

export async function runCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, ...env } })
  const [output, problem, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { output, problem, code }
}
