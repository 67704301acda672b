import { signInRefused, tokenRefused } from '../audit/entries.ts'
import type { AuditEntry } from '../audit/entry.ts'
import type { AuditRecorder } from '../audit/recorder.ts'
import { RateLimitedError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { hashRefreshToken } from '../tokens/refresh-token.ts'
import type { Sessions } from '../tokens/sessions.ts'
import type { Users } from '../users/users.ts'
import type { RateLimits } from './rate-limits.ts'

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
