import pLimit from 'p-limit'
import type { AuditEntry } from '../audit/entry.ts'
import { signInRefused, tokenRefused } from '../audit/entry.ts'
import { RateLimitedError } from '../errors.ts'
import type { RateLimits } from '../limits/rate-limits.ts'
import type { Store } from '../store/store.ts'
import { hashRefreshToken } from '../tokens/refresh-token.ts'
import type { Users } from '../users/users.ts'
import type { AuditRecorder } from './audit-recorder.ts'
import type { Sessions } from './sessions.ts'

const detail = 'rate_limited'
// Each sign-in hashes slowly on a thread of libuv. Signing tokens needs these threads as well.
const THREADS = Number(process.env.UV_THREADPOOL_SIZE) || 4
const CONCURRENT_SIGN_INS = Math.max(1, Math.floor(THREADS / 2))
// Two cores hash about as many in half a minute. Later sign-ins get 429 instead of waiting until a proxy gives up.
const MAX_WAITING = 500
const RETRY_AFTER_MS = 10_000

export interface LimitSessionsOptions {
  limits: RateLimits
  store: Pick<Store, 'findToken'>
  users: Pick<Users, 'find'>
  audit: Pick<AuditRecorder, 'record'>
  now: () => number
}

/**
 * Adds rate limits to the sessions. A refresh is counted before anything is committed, so a refused refresh may be repeated
 * with the same token.
 */
export function limitSessions(
  sessions: Sessions,
  { limits, store, users, audit, now }: LimitSessionsOptions,
): Sessions {
  async function recordRefusal<T>(limit: Promise<T>, entry: () => AuditEntry): Promise<T> {
    try {
      return await limit
    } catch (error) {
      if (error instanceof RateLimitedError) await audit.record([entry()])
      throw error
    }
  }

  return {
    ...sessions,

    async signIn(credentials) {
      const { username, address } = credentials
      const attempt = await recordRefusal(limits.signIn(username, address), () =>
        signInRefused(users.find(username), { at: now(), address, detail }),
      )
      const grant = await sessions.signIn(credentials)
      await (grant === undefined ? attempt.failed() : attempt.succeeded())
      return grant
    },

    async refresh(request) {
      const { refreshToken, address } = request
      const hash = hashRefreshToken(refreshToken)
      const found = await store.findToken(hash)
      if (found !== undefined) {
        await recordRefusal(limits.refresh(found), () =>
          tokenRefused('refresh', { at: now(), address, detail, hash, family: found.family }),
        )
      }
      return sessions.refresh(request)
    },
  }
}

/**
 * Runs only a few sign-ins at the same time and queues the others, so that refreshes never wait behind slow hashes. It also
 * bounds how many concurrent sign-ins can pass a limit that is read before the hash and counted after it.
 */
export function queueSignIns(sessions: Sessions): Sessions {
  const queue = pLimit(CONCURRENT_SIGN_INS)
  return {
    ...sessions,
    async signIn(credentials) {
      if (queue.pendingCount >= MAX_WAITING) throw new RateLimitedError(RETRY_AFTER_MS)
      return queue(() => sessions.signIn(credentials))
    },
  }
}
