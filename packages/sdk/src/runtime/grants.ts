import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { type GrantContext, grant } from '../session/grant.ts'
import { newSid } from '../session/merge.ts'
import type { Session, TokenSet } from '../types.ts'

/** What is granted, and to whom; what it leaves out comes from the page. */
export interface GrantTerms
  extends Pick<GrantContext, 'epoch' | 'generation' | 'commitId' | 'previous' | 'activity' | 'first' | 'known'> {
  /** Default: a new sign-in begins. */
  sid?: string | undefined
  sentAt: number
}

/** Makes sessions of what an endpoint granted, after a sign-in and after a refresh. */
export interface Grants {
  grant(tokens: TokenSet, terms: GrantTerms): Session
  /** Holds what was granted to the policy. A JWT may say less of its lifetime than is known by now. */
  check(tokens: TokenSet, session: Session): void
}

export function createGrants(
  { clock, random }: Pick<Ports, 'clock' | 'random'>,
  { policy }: Pick<RuntimeOptions, 'policy'>,
  { check }: { check(tokens: TokenSet): void },
): Grants {
  return {
    grant(tokens, { sid, ...terms }) {
      const now = clock.now()
      const { known } = terms
      return grant(tokens, {
        ...terms,
        sid: sid ?? newSid(clock.wallNow(), random.id()),
        now,
        wallNow: clock.wallNow(),
        livedMs: known && now - known.at - clock.leapMs(known.at),
        policy,
        random: random.next(),
      })
    },
    check(tokens, { accessIssuedAt, accessExpiresAt }) {
      check({ ...tokens, accessLifetimeMs: Math.min(tokens.accessLifetimeMs, accessExpiresAt - accessIssuedAt) })
    },
  }
}
