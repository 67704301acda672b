import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { leadMs, refreshTime, validityMs } from '../../src/session/refresh-time.ts'
import { HOUR, MINUTE, NOON, SECOND } from '../support/sessions.ts'

const { refreshLead } = DEFAULT_POLICY
const lifetimeMs = fc.double({ min: 1, max: 90 * 24 * HOUR, noNaN: true })
const latencyMs = fc.double({ min: 0, max: HOUR, noNaN: true })
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const lead = fc
  .record({ ratio: fc.double({ min: 1e-6, max: 0.5, noNaN: true }), minMs: fc.nat(10 * MINUTE), more: fc.nat(HOUR) })
  .map(({ ratio, minMs, more }) => ({ ratio, minMs, maxMs: minMs + more + 1 }))

const steady = { issuedAt: NOON, policy: { refreshLead, jitterRatio: 0 }, latencyMs: 0, first: false, random: 0 }

describe('when to refresh', () => {
  it('a token of 15 min is refreshed after 13 min', () => {
    expect(refreshTime({ ...steady, lifetimeMs: 15 * MINUTE })).toBe(NOON + 13 * MINUTE)
  })

  it('the lead is never negative and never more than half the lifetime', () => {
    fc.assert(
      fc.property(lifetimeMs, lead, latencyMs, (life, given, latency) => {
        const ms = leadMs(life, given, latency)
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThanOrEqual(life / 2)
      }),
    )
  })

  it('the lead is within the bounds of the policy where the lifetime leaves room', () => {
    expect(leadMs(HOUR, { ratio: 0.5, minMs: 0, maxMs: 10 * SECOND })).toBe(10 * SECOND)
    expect(leadMs(HOUR, { ratio: 1e-6, minMs: MINUTE, maxMs: HOUR })).toBe(MINUTE)
  })

  it('scenario 31: a slow endpoint gets twice the time that it took', () => {
    expect(leadMs(15 * SECOND, refreshLead, 2 * SECOND)).toBe(4 * SECOND)
    expect(leadMs(15 * SECOND, refreshLead, 60 * SECOND)).toBe(7.5 * SECOND)
  })

  it('is after the token was issued and a lead before it expires, whatever the draw', () => {
    fc.assert(
      fc.property(
        lifetimeMs,
        lead,
        fc.tuple(latencyMs, fc.boolean(), random),
        (life, given, [latency, first, draw]) => {
          const policy = { refreshLead: given, jitterRatio: 0.05 }
          const at = refreshTime({ issuedAt: 0, lifetimeMs: life, policy, latencyMs: latency, first, random: draw })
          expect(at).toBeGreaterThan(0)
          expect(at).toBeLessThanOrEqual(life - leadMs(life, given, latency))
        },
      ),
    )
  })

  it('scenario 27: the first refresh is drawn over the whole interval, later ones come at most 5 % early', () => {
    const policy = { refreshLead, jitterRatio: 0.05 }
    const at = (first: boolean, draw: number) =>
      refreshTime({ ...steady, policy, lifetimeMs: 15 * MINUTE, first, random: draw }) - NOON
    expect(at(true, 0)).toBe(13 * MINUTE)
    expect(at(true, 0.5)).toBe(6.5 * MINUTE)
    expect(at(false, 0.5)).toBeCloseTo(13 * MINUTE * 0.975)
    expect(at(false, 1)).toBeCloseTo(13 * MINUTE * 0.95)
  })

  it('a jitter ratio of 0 leaves nothing to chance', () => {
    fc.assert(
      fc.property(
        lifetimeMs,
        fc.boolean(),
        random,
        (life, first, draw) =>
          void expect(refreshTime({ ...steady, lifetimeMs: life, first, random: draw })).toBe(
            refreshTime({ ...steady, lifetimeMs: life }),
          ),
      ),
    )
  })

  it('scenario 15: with a token of 60 s and a lead of 120 s refreshes are 30 s apart', () => {
    const policy = { refreshLead: { ratio: 0.5, minMs: 120 * SECOND, maxMs: 200 * SECOND }, jitterRatio: 0 }
    expect(refreshTime({ ...steady, policy, lifetimeMs: MINUTE })).toBe(NOON + 30 * SECOND)
  })
})

describe('how long a token must live for a call', () => {
  it('by default the smaller of 5 s and half the lead', () => {
    expect(validityMs(15 * MINUTE, refreshLead)).toBe(5 * SECOND)
    expect(validityMs(15 * SECOND, refreshLead)).toBe(SECOND)
  })

  it('as long as it asks for, but never more than half the lifetime', () => {
    expect(validityMs(15 * MINUTE, refreshLead, 0)).toBe(0)
    expect(validityMs(15 * MINUTE, refreshLead, MINUTE)).toBe(MINUTE)
    expect(validityMs(15 * MINUTE, refreshLead, HOUR)).toBe(7.5 * MINUTE)
  })

  it('a call that asks for nothing never waits for the refresh that is due', () => {
    fc.assert(
      fc.property(
        lifetimeMs,
        (life) => void expect(validityMs(life, refreshLead)).toBeLessThanOrEqual(leadMs(life, refreshLead) / 2),
      ),
    )
  })
})
