import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { InvalidOptionError, StoreUnavailableError } from '../errors.ts'
import type { CounterSource } from '../limits/window-counter.ts'
import { scripts } from './redis-scripts.ts'
import { countOn, limiterOptions } from './window-counters.ts'

/** How long a command may take; a browser waits for the answer. */
const COMMAND_MS = 5_000
const RECONNECT_MAX_MS = 1_000
/** How long the last commands may take at the end. */
const CLOSE_MS = 1_000
const SILENCE = Symbol('no answer in time')
const SCAN_COUNT = 1_000

type Client = ReturnType<typeof createRedisClient>

export interface RedisConnection extends CounterSource {
  ready(): Promise<void>
  /**
   * What `command` gives.
   * @throws StoreUnavailableError if there is no connection, or no answer in time. The command may have taken effect
   */
  run<T>(command: (client: Client) => Promise<T>): Promise<T>
  /** All keys that match, found a few at a time; `pattern` as `SCAN` takes it. */
  scan(pattern: string): Promise<string[]>
  close(): Promise<void>
}

/** @throws InvalidOptionError naming `store` if `url` is none that Redis understands */
export function connectRedis(url: string, log: (line: string) => void): RedisConnection {
  const state = { connected: false }
  const client = createRedisClient(url, state)
  // The password stays out of messages.
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

  /** Where Redis was not there at the start, whoever needs it next tries again. */
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

  /** A firewall may have dropped the connection without a word: what is written to it would vanish for ever. */
  function giveUp(silent: Promise<unknown> | undefined): void {
    if (connecting !== silent || !client.isOpen) return
    lastProblem = 'no answer, connecting anew'
    log(`redis ${host}: ${lastProblem}`)
    connecting = undefined
    client.destroy()
  }
  // Whoever needs it awaits it; nobody has to.
  connect().catch(() => {})

  async function run<T>(command: (connected: Client) => Promise<T>): Promise<T> {
    const late = new AbortController()
    const answering = connect().then(() => command(client))
    const used = connecting
    try {
      const answer = await Promise.race([answering, delay(COMMAND_MS, SILENCE, { signal: late.signal, ref: false })])
      if (answer !== SILENCE) return answer
      giveUp(used)
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
        throw new InvalidOptionError('store', `cannot be reached, the Redis at ${host}: ${problemOf(error)}`, {
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
      // Which waits for answers, and so may take for ever.
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
      // A request that waits for Redis to come back has a browser behind it that tries again by itself.
      disableOfflineQueue: true,
      socket: {
        // At the start a wrong address shall be heard of at once.
        reconnectStrategy: (retries) => state.connected && Math.min(50 * 2 ** retries, RECONNECT_MAX_MS),
      },
    })
  } catch (error) {
    throw new InvalidOptionError('store', 'must be an address like redis://user:password@host:6379/0', { cause: error })
  }
}

/** What a crash of Redis would cost, for whoever reads the log. */
async function durabilityOf(client: Client): Promise<string> {
  const info = `${await client.info()}`
  const read = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const warnings = [
    read('aof_enabled') === '1' ? '' : ', keeps no append-only file: its restart would end sessions',
    read('maxmemory') === '0' || read('maxmemory_policy') === 'noeviction' ? '' : ', may evict sessions',
  ]
  return `redis ${read('redis_version')}${warnings.join('')}`
}

function problemOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(problemOf).join(', ')
  return error instanceof Error ? error.message || error.name : String(error)
}
