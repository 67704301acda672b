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

/** A refresh server. {@link createRefreshServer} creates one. */
export interface RefreshServer {
  /** The endpoints as a Hono app. `app.request()` answers without a network. */
  app: RefreshApp
  /** The endpoints as a listener for a Node server. `req.url` must contain the whole path, such as `/auth/refresh`. */
  listener: (req: IncomingMessage, res: ServerResponse) => void
  /**
   * Serves the endpoints over HTTP. May be called more than once.
   * @param port default: any free port
   * @param host default 127.0.0.1; with `qa` it must be a loopback address
   * @throws InvalidOptionError naming `port`, `host`, or a `store` that cannot be reached
   * @throws Error of `net.Server.listen`, for example if the port is taken, and after `close()`
   */
  listen(port?: number, host?: string): Promise<Listening>
  /**
   * Replaces the keys of the access tokens. The first key signs from now on, all of them verify. To rotate keys, keep the
   * old key in the list until the tokens that it signed have expired.
   * @throws InvalidOptionError naming `keys`; then nothing changes
   * @see https://www.rfc-editor.org/rfc/rfc7517
   */
  replaceKeys(keys: readonly JWK[]): void
  /** Stops listening and closes the store. Later requests through `app` or `listener` get 503. */
  close(): Promise<void>
  /** The QA control. Present with `qa: true`. */
  qa?: QaControl
}

/**
 * Creates a refresh server with users, sessions and a protected demo API. It does not listen yet.
 * @throws InvalidOptionError naming the invalid option
 * @example
 * const server = createRefreshServer({ store: 'sessions.db', users })
 * const { url } = await server.listen(4180)
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.14
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
      metrics.countOperation(entry)
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
      if (typeof host !== 'string' || host === '')
        throw new InvalidOptionError('host', 'must be a host name or an address')
      if (settings.qa && !isLoopback(host)) {
        throw new InvalidOptionError('host', `must be a loopback address (such as ${LOOPBACK}) with "qa"`)
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

/** With keys, a random secret would verify nothing. */
function secretOf({ secret, keys }: Settings): SigningKey | undefined {
  if (secret !== undefined) return secretKey(Buffer.from(secret))
  return keys.length === 0 ? secretKey(randomBytes(SECRET_BYTES)) : undefined
}
