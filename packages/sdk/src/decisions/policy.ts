import type { PolicyOptions, SessionPolicy } from '../types.ts'
import { defined } from './json.ts'
import { invalidOption, numberFrom, record } from './rules.ts'

/** The policy of a manager that is given none: refreshes early, and sets no limit of its own. */
export const DEFAULT_POLICY: SessionPolicy = {
  refreshLead: { ratio: 2 / 15, minMs: 1_000, maxMs: 600_000 },
  jitterRatio: 0.05,
  retry: { firstMs: 500, factor: 2, maxMs: 60_000 },
}

const notNegative = numberFrom(0)
const positive = numberFrom(1)

export const policyRule = record<PolicyOptions>(
  {
    'refreshLead?': record({ 'ratio?': numberFrom(1e-6, 0.5), 'minMs?': notNegative, 'maxMs?': positive }, 'strict'),
    'jitterRatio?': numberFrom(0, 1),
    'retry?': record({ 'firstMs?': positive, 'factor?': numberFrom(1), 'maxMs?': positive }, 'strict'),
    'sessionMaxMs?': positive,
    'idleTimeoutMs?': positive,
    'idleWarningMs?': numberFrom(20_000),
    'accessTokenMaxMs?': positive,
    'refreshTokenMaxMs?': positive,
  },
  'strict',
)

/**
 * The whole policy, whose members have passed their rules one by one.
 * @throws TokenManagerError `invalid_option` where two of them do not go together
 */
export function resolvePolicy(given: PolicyOptions = {}, path: string): SessionPolicy {
  const refreshLead = { ...DEFAULT_POLICY.refreshLead, ...defined(given.refreshLead ?? {}) }
  const retry = { ...DEFAULT_POLICY.retry, ...defined(given.retry ?? {}) }
  const policy = { ...DEFAULT_POLICY, ...defined(given), refreshLead, retry }
  const { idleWarningMs = -1, idleTimeoutMs = 0, accessTokenMaxMs = Number.MAX_VALUE } = policy
  const relations: [holds: boolean, member: string, expected: string][] = [
    [refreshLead.minMs <= refreshLead.maxMs, 'refreshLead.minMs', 'at most maxMs'],
    [refreshLead.minMs < accessTokenMaxMs, 'refreshLead.minMs', 'less than accessTokenMaxMs'],
    [retry.firstMs <= retry.maxMs, 'retry.firstMs', 'at most maxMs'],
    [idleWarningMs < idleTimeoutMs, 'idleWarningMs', 'less than idleTimeoutMs'],
  ]
  for (const [holds, member, expected] of relations) if (!holds) throw invalidOption(`${path}.${member}`, expected)
  return policy
}
