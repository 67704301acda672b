import { defined } from '../codec/json.ts'
import { invalidOption, numberFrom, record } from '../codec/schema.ts'

/** A policy as an app gives it. Omitted members, also of `refreshLead` and `retry`, default to those of `DEFAULT_POLICY`. */
export type PolicyOptions = Partial<Omit<SessionPolicy, 'refreshLead' | 'retry'>> & {
  refreshLead?: Partial<SessionPolicy['refreshLead']>
  retry?: Partial<SessionPolicy['retry']>
}

/** How a session is refreshed, and how long it may last. All times are in milliseconds. */
export interface SessionPolicy {
  /**
   * How long before its expiry an access token is refreshed: `ratio` of its lifetime, at least `minMs` and at most `maxMs`,
   * but never more than half the lifetime. Default 2/15, 1,000 and 600,000.
   */
  refreshLead: { ratio: number; minMs: number; maxMs: number }
  /**
   * How much earlier than due a refresh may come, as a share of the time until then, so that browsers do not refresh
   * together. The first refresh after a sign-in is spread over that whole time. 0 switches both off. Default 0.05.
   */
  jitterRatio: number
  /**
   * The pause after a refresh that failed: `firstMs`, then `factor` times longer after each failure, at most `maxMs`. Half of
   * it is random. Default 500, 2 and 60,000.
   */
  retry: { firstMs: number; factor: number; maxMs: number }
  /** How long a session may last, whatever the activity. Default: no limit. */
  sessionMaxMs?: number
  /** How long nobody may touch any tab of the session before it ends everywhere. Default: no limit. */
  idleTimeoutMs?: number
  /**
   * How long before the idle sign-out the warning comes; at least 20,000. Default: 60,000, or half of `idleTimeoutMs` where
   * that is less, but at least 20,000. With an `idleTimeoutMs` of 20,000 or less: half of it.
   * @see https://www.w3.org/TR/WCAG22/#timing-adjustable
   */
  idleWarningMs?: number
  /** The longest lifetime of an access token. A longer one is used, and reported as `policy-violation`. Default: no limit. */
  accessTokenMaxMs?: number
  /** The same for refresh tokens, as far as the endpoint says how long they live. Default: no limit. */
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
