import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { InvalidOptionError, StoreUnavailableError } from '../errors.ts'
import type { CounterSource } from '../limits/window-counter.ts'
import { scripts } from './redis-scripts.ts'
import { countOn, limiterOptions } from './window-counters.ts'

/** How long a command may take. A browser waits for the answer. */
const COMMAND_MS = 5_000
const RECONNECT_MAX_MS = 1_000
/** How long the last commands may take when the connection closes. */
const CLOSE_MS = 1_000
const TIMED_OUT = Symbol('no answer in time')
const SCAN_COUNT = 1_000

type Client = ReturnType<typeof createRedisClient>

export interface RedisConnection extends CounterSource {
  ready(): Promise<void>
  /**
   * Runs a command and gives its result.
   * @throws StoreUnavailableError if there is no connection, or no answer in time. The command may still have taken effect
   */
  run<T>(command: (client: Client) => Promise<T>): Promise<T>
  /** Finds all keys that match, in steps. `pattern` is a pattern of the command `SCAN`. */
  scan(pattern: string): Promise<string[]>
  close(): Promise<void>
}

/** @throws InvalidOptionError naming `store` if `url` is invalid */
export function connectRedis(url: string, log: (line: string) => void): RedisConnection {
  const state = { connected: false }
  const client = createRedisClient(url, state)
  // Messages contain the host only, never the password.
  const { host } = new URL(url)
  let lastProblem = ''
  client.on('error', (error: Error) => {
    if (state.connected && error.message !== lastProblem) log(`redis ${host}: ${error.message}`)
    lastProblem = error.message
  })
  client.on('ready', () => {
    if (lastProblem !== '') log(`redis ${host}: connected again`)
    lastProblem = ''
    state.connected = true
  })
  let connecting: Promise<unknown> | undefined
  let closed = false

  /** If Redis was not reachable before, the next command tries again. */
  async function connect(): Promise<void> {
    if (closed) throw new Error('the connection has been closed')
    connecting ??= client.connect()
    const current = connecting
    try {
      await current
    } catch (error) {
      if (connecting === current) connecting = undefined
      throw error
    }
  }

  /** A firewall may have dropped the connection silently. Then no command on it would ever be answered. */
  function reconnect(silent: Promise<unknown> | undefined): void {
    if (connecting !== silent || !client.isOpen) return
    lastProblem = 'no answer, connecting again'
    log(`redis ${host}: ${lastProblem}`)
    connecting = undefined
    client.destroy()
  }
  // Each command waits for the connection itself.
  connect().catch(() => {})

  async function run<T>(command: (connected: Client) => Promise<T>): Promise<T> {
    const late = new AbortController()
    const answering = connect().then(() => command(client))
    const used = connecting
    try {
      const answer = await Promise.race([answering, delay(COMMAND_MS, TIMED_OUT, { signal: late.signal, ref: false })])
      if (answer !== TIMED_OUT) return answer
      reconnect(used)
      throw new Error(`no answer within ${COMMAND_MS} ms`)
    } catch (error) {
      throw new StoreUnavailableError(`redis ${host}: ${problemOf(error)}`, { cause: error })
    } finally {
      late.abort()
    }
  }

  return {
    run,

    async ready() {
      try {
        await connect()
      } catch (error) {
        throw new InvalidOptionError('store', `cannot be reached: Redis at ${host}: ${problemOf(error)}`, {
          cause: error,
        })
      }
      log(await durabilityOf(client))
    },

    async scan(pattern) {
      const found: string[] = []
      let cursor = '0'
      do {
        const page = await run((connected) => connected.scan(cursor, { MATCH: pattern, COUNT: SCAN_COUNT }))
        found.push(...page.keys)
        cursor = page.cursor
      } while (cursor !== '0')
      return found
    },

    // Counts expire by themselves, and each call waits no longer than a command.
    newCounter(options) {
      const limiter = new RateLimiterRedis({ ...limiterOptions(options), storeClient: client, useRedisPackage: true })
      const counter = countOn(limiter)
      return {
        add: (key) => run(() => counter.add(key)),
        subtract: (key) => run(() => counter.subtract(key)),
        read: (key) => run(() => counter.read(key)),
        reset: (key) => run(() => counter.reset(key)),
      }
    },

    async close() {
      closed = true
      // `close` waits for pending answers, possibly forever.
      const ending = connecting?.then(() => (client.isReady ? client.close() : undefined)).catch(() => {})
      await Promise.race([ending, delay(CLOSE_MS, undefined, { ref: false })])
      if (client.isOpen) client.destroy()
    },
  }
}

function createRedisClient(url: string, state: { connected: boolean }) {
  try {
    return createClient({
      url,
      scripts,
      // A request must fail instead of waiting for Redis: its browser tries again by itself.
      disableOfflineQueue: true,
      socket: {
        // A wrong address must be reported at the start, without retries.
        reconnectStrategy: (retries) => state.connected && Math.min(50 * 2 ** retries, RECONNECT_MAX_MS),
      },
    })
  } catch (error) {
    throw new InvalidOptionError('store', 'must be an address like redis://user:password@host:6379/0', { cause: error })
  }
}

/** Describes for the log what a crash of Redis would lose. */
async function durabilityOf(client: Client): Promise<string> {
  const info = `${await client.info()}`
  const read = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const warnings = [
    read('aof_enabled') === '1' ? '' : ', no append-only file: a restart of Redis ends sessions',
    read('maxmemory') === '0' || read('maxmemory_policy') === 'noeviction' ? '' : ', may evict sessions',
  ]
  return `redis ${read('redis_version')}${warnings.join('')}`
}

function problemOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(problemOf).join(', ')
  return error instanceof Error ? error.message || error.name : String(error)
}
