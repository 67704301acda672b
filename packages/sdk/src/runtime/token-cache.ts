import type { Clock } from '../ports.ts'
import { lagMsOf } from '../session/instants.ts'
import type { SessionPolicy } from '../session/policy.ts'
import { validityMs } from '../session/refresh-time.ts'
import type { Session } from '../types.ts'

/**
 * The present access token as a settled promise, for the call that apps make most: handing out one that is there costs
 * a fraction of making one. Outside the span in which the token is known to be good it gives nothing.
 */
export interface TokenCache {
  get(): Promise<string> | undefined
  /** @param endsAt when a limit ends the session, in page time */
  update(session: Session | undefined, endsAt: number): void
}

export function createTokenCache(clock: Clock, lead: SessionPolicy['refreshLead']): TokenCache {
  let held: Session | undefined
  let promise: Promise<string> | undefined
  let from = 0
  let until = 0

  return {
    get() {
      // The plain wall clock: one reading instead of two. Set back beyond `from`, it is not believed.
      const wall = clock.wallNow()
      return wall >= from && wall < until ? promise : undefined
    },
    update(session, endsAt) {
      const lagMs = lagMsOf(clock)
      from = clock.wallNow()
      const token = session?.accessToken
      if (!session || token === undefined) {
        held = undefined
        promise = undefined
        return
      }
      if (session !== held) promise = Promise.resolve(token)
      held = session
      const validMs = validityMs(session.accessExpiresAt - session.accessIssuedAt, lead)
      until = Math.min(session.accessExpiresAt - validMs, endsAt) - lagMs
    },
  }
}
