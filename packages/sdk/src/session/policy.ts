import { defined } from '../codec/json.ts'
import { invalidOption, numberFrom, record } from '../codec/schema.ts'

/** A policy as it is given: members that are left out, also of its parts, are those of the default. */
export type PolicyOptions = Partial<Omit<SessionPolicy, 'refreshLead' | 'retry'>> & {
  refreshLead?: Partial<SessionPolicy['refreshLead']>
  retry?: Partial<SessionPolicy['retry']>
}

/** How a session is kept and how long it may last. Milliseconds. */
export interface SessionPolicy {
  /** How long before its expiry an access token is refreshed: a share of its lifetime, within bounds, never more than half of it. */
  refreshLead: { ratio: number; minMs: number; maxMs: number }
  /** Spread of the refresh time; 0 switches it off, also for the first refresh after a sign-in. */
  jitterRatio: number
  retry: { firstMs: number; factor: number; maxMs: number }
  /** Absolute length of a session, whatever the activity. */
  sessionMaxMs?: number
  /** How long nobody may touch any tab of the session before it ends everywhere. Default: for ever. */
  idleTimeoutMs?: number
  /**
   * How long before the idle sign-out the warning comes; at least 20 s (WCAG 2.2, 2.2.1). Default: a minute, or half the
   * limit where that is less, but at least 20 s. A limit of 20 s or less leaves no room for that: half of it then.
   */
  idleWarningMs?: number
  /** Longest access token lifetime that the policy allows; a longer one is reported as `policy-violation`. */
  accessTokenMaxMs?: number
  refreshTokenMaxMs?: number
}

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
