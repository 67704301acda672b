import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JWK } from 'jose'
import { InvalidOptionError } from './errors.ts'
import { isLoopback } from './http/address.ts'
import { createApp } from './http/app.ts'
import type { RefreshApp } from './http/context.ts'
import { createListener, type Listening, listen } from './http/listen.ts'
import { createMetrics } from './http/metrics.ts'
import { createRateLimits, NO_RATE_LIMITS } from './limits/rate-limits.ts'
import type { RefreshServerOptions, Settings } from './options/options.ts'
import { resolveKeys, resolveOptions } from './options/resolve-options.ts'
import type { QaControl } from './qa/control.ts'
import { createQaMode } from './qa/qa-mode.ts'
import { createAuditRecorder } from './sessions/audit-recorder.ts'
import { limitSessions, queueSignIns } from './sessions/limited-sessions.ts'
import { createSessions } from './sessions/sessions.ts'
import { openStore } from './store/open-store.ts'
import { createAccessTokens } from './tokens/access-token.ts'
import { createKeyRing, type SigningKey, secretKey } from './tokens/signing-keys.ts'
import { createUsers } from './users/users.ts'

const SECRET_BYTES = 32
const LOOPBACK = '127.0.0.1'
const CLEAN_UP_EVERY_MS = 10 * 60_000

export interface RefreshServer {
  /** The endpoints as a Hono app. */
  app: RefreshApp
  /** The endpoints as a listener for a Node server; `req.url` must hold the whole path, as in `/auth/refresh`. */
  listener: (req: IncomingMessage, res: ServerResponse) => void
  /**
   * Serves the endpoints over HTTP.
   * @param port any free one by default
   * @param host 127.0.0.1 by default; with `qa` it must be this machine
   * @throws InvalidOptionError naming `port` or `host`; otherwise what `net.Server.listen` fails with
   */
  listen(port?: number, host?: string): Promise<Listening>
  /**
   * From now on the first of these signs the access tokens; what is no longer there checks none. For the rotation of
   * keys: the old key stays in the list until the tokens that it signed have expired.
   * @throws InvalidOptionError naming `keys`, with nothing changed
   */
  replaceKeys(keys: readonly JWK[]): void
  /** Stops listening and closes the store; requests through `app` or `listener` are then answered with 503. */
  close(): Promise<void>
  /** With `qa: true`. */
  qa?: QaControl
}

/**
 * A refresh endpoint with its users, sessions and a protected API.
 * @throws InvalidOptionError naming the option that is wrong
 */
export function createRefreshServer(options: RefreshServerOptions = {}): RefreshServer {
  const settings = resolveOptions(options)
  const { now, log, allowedOrigins, trustedProxies, cookie, requestTimeoutMs } = settings
  const store = openStore(settings.store, { log, auditRetentionMs: settings.auditRetentionMs })
  const cleanUp = setInterval(() => {
    const at = now()
    Promise.all([store.removeEnded(at), store.audit.removeBefore(at - settings.auditRetentionMs)]).catch(
      (error: Error) => log(`error clean-up: ${error.message}`),
    )
  }, CLEAN_UP_EVERY_MS).unref()
  const keys = createKeyRing(settings.keys, secretOf(settings))
  const shutdown = new AbortController()
  const listening: Listening[] = []
  let policy = settings.policy
  let closed: Promise<void> | undefined

  const closing = shutdown.signal
  const qa = settings.qa
    ? createQaMode({
        initialPolicy: settings.policy,
        policy: () => policy,
        setPolicy: (changed) => {
          policy = changed
        },
        allowedOrigins,
        closing,
      })
    : undefined
  const limits =
    settings.rateLimit === undefined
      ? NO_RATE_LIMITS
      : createRateLimits({ counters: store, settings: settings.rateLimit, policy: () => policy, now })
  const users = createUsers(settings.users)
  const metrics = createMetrics()
  const audit = createAuditRecorder({
    store,
    onEntry: (entry) => {
      qa?.record(entry)
      metrics.happened(entry)
      const { operation, outcome, sessionId, detail } = entry
      if (operation === 'session-end' && outcome === 'ok') log(`session ${sessionId} revoked: ${detail}`)
    },
  })
  const unlimited = createSessions({
    store,
    users,
    audit,
    now,
    accessTokens: createAccessTokens(keys, now),
    policy: () => policy,
  })
  const sessions = queueSignIns(
    settings.rateLimit === undefined ? unlimited : limitSessions(unlimited, { limits, store, users, audit, now }),
  )
  const app = createApp({
    sessions,
    keys,
    limits,
    store,
    audit,
    metrics,
    metricsToken: settings.metricsToken,
    policy: () => policy,
    now,
    allowedOrigins,
    trustedProxies,
    cookie,
    log,
    closing,
    qa: qa?.http,
  })
  const listener = createListener(app)

  async function close(): Promise<void> {
    shutdown.abort()
    clearInterval(cleanUp)
    await Promise.all(listening.map((server) => server.close()))
    await store.close()
  }

  return {
    app,
    listener,
    async listen(port = 0, host = LOOPBACK) {
      if (closing.aborted) throw closedError()
      if (typeof host !== 'string' || host === '') throw new InvalidOptionError('host', 'must be a name or an address')
      if (settings.qa && !isLoopback(host)) {
        throw new InvalidOptionError('host', `must be this machine (such as ${LOOPBACK}) while "qa" is on`)
      }
      await store.ready()
      const server = await listen(listener, { port, host, requestTimeoutMs })
      listening.push(server)
      if (closing.aborted) {
        await server.close()
        throw closedError()
      }
      return server
    },
    replaceKeys(next) {
      keys.replace(resolveKeys(next))
    },
    close() {
      closed ??= close()
      return closed
    },
    ...(qa && { qa: qa.control }),
  }
}

const closedError = () => new Error('the refresh server has been closed')

/** Where there are keys, a random secret would check nothing. */
function secretOf({ secret, keys }: Settings): SigningKey | undefined {
  if (secret !== undefined) return secretKey(Buffer.from(secret))
  return keys.length === 0 ? secretKey(randomBytes(SECRET_BYTES)) : undefined
}
