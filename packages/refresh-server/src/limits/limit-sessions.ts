import type { Store } from '../store/store.ts'
import { hashRefreshToken } from '../tokens/refresh-token.ts'
import type { Sessions } from '../tokens/sessions.ts'
import type { RateLimits } from './rate-limits.ts'

/**
 * The sessions, for those who stay within the limits. A refresh is counted before anything is committed: what was
 * refused may be tried again with the same token.
 */
export function limitSessions(sessions: Sessions, limits: RateLimits, store: Pick<Store, 'findToken'>): Sessions {
  return {
    ...sessions,

    async signIn(credentials) {
      const attempt = await limits.signIn(credentials.username, credentials.address)
      const grant = await sessions.signIn(credentials)
      await (grant === undefined ? attempt.failed() : attempt.succeeded())
      return grant
    },

    async refresh(request) {
      await limits.refresh(await store.findToken(hashRefreshToken(request.refreshToken)), request.address)
      return sessions.refresh(request)
    },
  }
}
