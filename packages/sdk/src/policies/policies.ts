import { numberFrom, record } from '../codec/schema.ts'
import { type TokenLifetimes, type Violation, violationsOf } from '../features/policy-violations.ts'
import type { PolicyOptions, SessionPolicy } from '../session/policy.ts'
import { DEFAULT_POLICY, policyRule, resolvePolicy } from '../session/policy.ts'
import type { TokenSet } from '../types.ts'

export type { TokenLifetimes } from '../features/policy-violations.ts'

/** What outlives the policy: `rule` is the member of the policy, times are in milliseconds. */
export type PolicyViolation = Omit<Violation, 'type'>

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Shared workstations at the bedside, where anyone may step in: minutes count. */
export const icuPolicy: SessionPolicy = {
  ...DEFAULT_POLICY,
  accessTokenMaxMs: 5 * MINUTE,
  sessionMaxMs: 8 * HOUR,
  idleTimeoutMs: 5 * MINUTE,
  idleWarningMs: 60 * SECOND,
}

/** Workstations on a ward, for a shift and its handover. */
export const generalWardPolicy: SessionPolicy = {
  ...DEFAULT_POLICY,
  accessTokenMaxMs: 15 * MINUTE,
  sessionMaxMs: 12 * HOUR,
  idleTimeoutMs: 15 * MINUTE,
  idleWarningMs: 60 * SECOND,
}

/** Consulting rooms, with a person in them for most of the day. */
export const outpatientPolicy: SessionPolicy = {
  ...DEFAULT_POLICY,
  accessTokenMaxMs: 20 * MINUTE,
  sessionMaxMs: 16 * HOUR,
  idleTimeoutMs: 15 * MINUTE,
  idleWarningMs: 60 * SECOND,
}

/** Desks of one's own, work that is read more than it is clicked. */
export const researchPolicy: SessionPolicy = {
  ...DEFAULT_POLICY,
  accessTokenMaxMs: 30 * MINUTE,
  sessionMaxMs: 24 * HOUR,
  idleTimeoutMs: 30 * MINUTE,
  idleWarningMs: 120 * SECOND,
}

/** Applications on devices of one's own: a week without signing in again, no idle sign-out. */
export const webAppPolicy: SessionPolicy = {
  ...DEFAULT_POLICY,
  accessTokenMaxMs: 15 * MINUTE,
  sessionMaxMs: 7 * DAY,
}

/** Displays and devices that stay signed in for a season. */
export const longLivedPolicy: SessionPolicy = {
  ...DEFAULT_POLICY,
  accessTokenMaxMs: 2 * HOUR,
  refreshTokenMaxMs: 30 * DAY,
  sessionMaxMs: 90 * DAY,
}

const anything = (value: unknown) => value
const lifetime = numberFrom(0)

// What a transport's `parse` gives will do as well.
const lifetimesRule = record<Partial<TokenSet>>(
  {
    'accessLifetimeMs?': lifetime,
    'refreshLifetimeMs?': lifetime,
    'accessToken?': anything,
    'refreshToken?': anything,
    'subject?': anything,
    'sessionId?': anything,
    'claims?': anything,
    'serverTime?': anything,
  },
  'strict',
)

/**
 * What tokens of these lifetimes, in milliseconds, violate; nothing if all is well. A token that lives as long as the
 * session may last, or shorter, can not be used after the session should have ended (RFC 9700, section 4.14.2, has
 * refresh tokens expire). Without lifetimes the policy is held against itself: the longest tokens that it allows.
 *
 * The running manager checks what its endpoint grants by itself, and tells of it as `policy-violation`.
 * @throws TokenManagerError `invalid_option` for what is no policy, or one whose members contradict each other
 */
export function checkPolicy(policy: PolicyOptions, lifetimes?: TokenLifetimes): PolicyViolation[] {
  policyRule(policy, 'policy')
  const whole = resolvePolicy(policy, 'policy')
  const { accessTokenMaxMs = 0, refreshTokenMaxMs = 0 } = whole
  const lived = lifetimes ?? { accessLifetimeMs: accessTokenMaxMs, refreshLifetimeMs: refreshTokenMaxMs }
  lifetimesRule(lived, 'lifetimes')
  return violationsOf(whole, lived).map(({ type: _, ...violation }) => violation)
}
