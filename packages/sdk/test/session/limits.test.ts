import { describe, expect, it } from 'vitest'
import { endsAt, evaluateLimits, limitsOf } from '../../src/session/limits.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { aLedger, HOUR, MINUTE, NOON, SECOND } from '../support/sessions.ts'

const policy = { ...DEFAULT_POLICY, sessionMaxMs: 8 * HOUR, idleTimeoutMs: 5 * MINUTE, idleWarningMs: 20 * SECOND }
const ledger = aLedger({ lastActivityAt: NOON + HOUR })
const limits = limitsOf(ledger, policy)

describe('the limits of a session', () => {
  it('count from the sign-in and from the last activity', () => {
    expect(limits).toEqual({
      sessionEndsAt: NOON + 8 * HOUR,
      idleEndsAt: NOON + HOUR + 5 * MINUTE,
      idleWarningAt: NOON + HOUR + 5 * MINUTE - 20 * SECOND,
    })
    expect(endsAt(limits)).toBe(limits.idleEndsAt)
  })

  it.each([
    ['a minute before', 5 * MINUTE, undefined, MINUTE],
    ['at half time of a shorter limit', 90 * SECOND, undefined, 45 * SECOND],
    ['20 s before at least', 30 * SECOND, undefined, 20 * SECOND],
    ['20 s before at least, if there are so many', 20 * SECOND + 1, undefined, 20 * SECOND],
    ['at half time where 20 s would be all of it', 20 * SECOND, undefined, 10 * SECOND],
    ['when they are told to', 2 * MINUTE, 100 * SECOND, 100 * SECOND],
  ])('warn %s', (...[, idleTimeoutMs, idleWarningMs, warningMs]) => {
    const { idleWarningMs: _, ...plain } = policy
    const given = { ...plain, idleTimeoutMs, ...(idleWarningMs && { idleWarningMs }) }
    expect(limitsOf(aLedger(), given).idleWarningAt).toBe(NOON + idleTimeoutMs - warningMs)
  })

  it('are none without a policy, a session, or after its end', () => {
    expect(limitsOf(ledger, DEFAULT_POLICY)).toEqual({})
    expect(limitsOf(undefined, policy)).toEqual({})
    expect(limitsOf({ ...ledger, signedOut: { reason: 'user', at: NOON, generation: 1 } }, policy)).toEqual({})
    expect(endsAt({})).toBe(Number.POSITIVE_INFINITY)
  })
})

it.each([
  ['ok', NOON + HOUR],
  ['ok', (limits.idleWarningAt ?? 0) - 1],
  ['warn', limits.idleWarningAt ?? 0],
  ['warn', (limits.idleEndsAt ?? 0) - 1],
  ['idle', limits.idleEndsAt ?? 0],
  ['session-limit', NOON + 8 * HOUR],
] as const)('scenario 30: the judgement is %s', (expected, now) => {
  expect(evaluateLimits(limits, now)).toBe(expected)
})
