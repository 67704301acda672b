import type { Ledger, Session, TokenSet } from '../types.ts'
import type { SessionActivity } from './grant.ts'
import { digestOf } from './logins.ts'

export type Authentication = NonNullable<Ledger['authentication']>

/** What a token says of when and how its user has signed in (OpenID Connect Core section 2, Front-Channel Logout section 3). */
function authenticationOf({ auth_time, sid }: Record<string, unknown> = {}): Authentication {
  return {
    ...(typeof auth_time === 'number' && auth_time > 0 && { at: auth_time * 1_000 }),
    ...(typeof sid === 'string' && { sid: digestOf(sid) }),
  }
}

/** The same for the ledger, with what is known already. */
export function authenticated({ claims }: Session, known: Partial<Ledger> = {}): Pick<Ledger, 'authentication'> {
  const authentication = { ...known.authentication, ...authenticationOf(claims) }
  return Object.keys(authentication).length > 0 ? { authentication } : {}
}

const differs = <T>(a: T | undefined, b: T | undefined) => a !== undefined && b !== undefined && a !== b

/**
 * How long the session has lasted, if the refresh cookie is that of another login than the one which the ledger knows:
 * since that was, but not longer than now, whatever the clock of the server says. What a token does not say changes nothing.
 */
export function anotherLogin(
  { authentication: known, lastActivityAt }: Ledger,
  { claims }: TokenSet,
  { now, lagMs }: { now: number; lagMs: number },
): SessionActivity | undefined {
  const { at, sid } = authenticationOf(claims)
  if (!differs(known?.at, at) && !differs(known?.sid, sid)) return undefined
  const signedInAt = at === undefined ? now : Math.min(now, at + lagMs)
  return { signedInAt, activities: 0, lastActivityAt: Math.min(now, Math.max(lastActivityAt, signedInAt)) }
}
