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

export interface LimitSessionsOptions {
  limits: RateLimits
  store: Pick<Store, 'findToken'>
  users: Pick<Users, 'find'>
  audit: Pick<AuditRecorder, 'record'>
  now: () => number
}

const detail = 'rate_limited'

/**
 * The sessions, for those who stay within the limits. A refresh is counted before anything is committed: what was
 * refused may be tried again with the same token.
 */
export function limitSessions(
  sessions: Sessions,
  { limits, store, users, audit, now }: LimitSessionsOptions,
): Sessions {
  async function recordingRefusal<T>(limit: Promise<T>, entry: () => AuditEntry): Promise<T> {
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
      const attempt = await recordingRefusal(limits.signIn(username, address), () =>
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
        await recordingRefusal(limits.refresh(found), () =>
          tokenRefused('refresh', { at: now(), address, detail, hash, family: found.family }),
        )
      }
      return sessions.refresh(request)
    },
  }
}

// Each takes one of libuv's threads for its slow hash, and every token is signed on one of them, too.
const THREADS = Number(process.env.UV_THREADPOOL_SIZE) || 4
const AT_ONCE = Math.max(1, Math.floor(THREADS / 2))
// What two cores hash in about half a minute: who comes later is told so, instead of waiting until a proxy gives up.
const MOST_WAITING = 500
const RETRY_AFTER_MS = 10_000

/**
 * The sessions, with a few sign-ins at once and the others in a line, so that refreshes never wait behind passwords, and
 * a limit that reads before the slow hash and counts after it is not passed by those who come together.
 */
export function queueSignIns(sessions: Sessions): Sessions {
  const inTurn = pLimit(AT_ONCE)
  return {
    ...sessions,
    async signIn(credentials) {
      if (inTurn.pendingCount >= MOST_WAITING) throw new RateLimitedError(RETRY_AFTER_MS)
      return inTurn(() => sessions.signIn(credentials))
    },
  }
}
