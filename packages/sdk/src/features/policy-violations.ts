import type { SessionPolicy } from '../session/policy.ts'
import type { SessionEventDetail, TokenSet } from '../types.ts'

export type Violation = Extract<SessionEventDetail, { type: 'policy-violation' }>

/** How long the tokens of an endpoint live, as far as it is known. */
export type TokenLifetimes = Partial<Pick<TokenSet, 'accessLifetimeMs' | 'refreshLifetimeMs'>>

/** A JWT tells its expiry in whole seconds. */
const ROUNDING_MS = 1_000

/** The rules of the policy that such tokens outlive. */
export function violationsOf(policy: SessionPolicy, lifetimes: TokenLifetimes): Violation[] {
  const { accessLifetimeMs = 0, refreshLifetimeMs = 0 } = lifetimes
  const lived: ['accessTokenMaxMs' | 'refreshTokenMaxMs' | 'sessionMaxMs', number][] = [
    ['accessTokenMaxMs', accessLifetimeMs],
    ['refreshTokenMaxMs', refreshLifetimeMs],
    ['sessionMaxMs', Math.max(accessLifetimeMs, refreshLifetimeMs)],
  ]
  return lived.flatMap(([rule, actualMs]) => {
    const allowedMs = policy[rule] ?? Number.POSITIVE_INFINITY
    return actualMs > allowedMs + ROUNDING_MS ? [{ type: 'policy-violation', rule, actualMs, allowedMs }] : []
  })
}

/** Tells when what the endpoint grants begins to outlive the policy; not again at every refresh. */
export function createPolicyWatch(
  { policy }: { policy: SessionPolicy },
  { emit }: { emit(event: SessionEventDetail): void },
): (tokens: TokenSet) => void {
  let broken: string[] = []
  return (tokens) => {
    const violations = violationsOf(policy, tokens)
    for (const violation of violations) if (!broken.includes(violation.rule)) emit(violation)
    broken = violations.map(({ rule }) => rule)
  }
}
