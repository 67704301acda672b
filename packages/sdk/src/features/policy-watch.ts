import type { SessionPolicy } from '../session/policy.ts'
import type { SessionEventDetail, TokenSet } from '../types.ts'
import { violationsOf } from './policy-violations.ts'

export interface PolicyWatchDependencies {
  policy: SessionPolicy
  emit(event: SessionEventDetail): void
}

/** Tells when what the endpoint grants begins to outlive the policy; not again at every refresh. */
export function createPolicyWatch({ policy, emit }: PolicyWatchDependencies): (tokens: TokenSet) => void {
  let broken: string[] = []
  return (tokens) => {
    const violations = violationsOf(policy, tokens)
    for (const violation of violations) if (!broken.includes(violation.rule)) emit(violation)
    broken = violations.map(({ rule }) => rule)
  }
}
