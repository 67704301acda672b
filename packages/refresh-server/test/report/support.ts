import { fileOrRedis } from '../audit/support.ts'
import { operated } from '../support/operated.ts'
import { listenTestServer } from '../support/test-server.ts'

export type Operated = Awaited<ReturnType<typeof serve>>

/** A server over HTTP, and its store for commands. */
export async function serve(options: Parameters<typeof listenTestServer>[0] = {}) {
  const store = fileOrRedis()
  const log: string[] = []
  const served = await listenTestServer({ store, log: (line) => log.push(line), ...options })
  return { ...served, store, log, run: (...args: string[]) => runOn(store, args) }
}

/** Runs the command on a store: a file as an argument, a Redis as a variable. */
function runOn(store: string, args: readonly string[]) {
  if (store.startsWith('redis:')) return operated(args, { env: { REDIS_URL: store } })
  const [command = '', ...rest] = args
  return operated([command, '--store', store, ...rest])
}
