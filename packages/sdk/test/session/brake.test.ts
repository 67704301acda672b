import { describe, expect, it } from 'vitest'
import { brake, slowDown } from '../../src/session/brake.ts'
import type { Attempt } from '../../src/types.ts'
import { aLedger, anAttempt, aSession, MINUTE, NOON, SECOND, signedIn } from '../support/sessions.ts'

const pauseAfter = (leftMs: number, sent: Attempt = anAttempt()) =>
  brake({ session: aSession({ generation: 2, accessExpiresAt: NOON + leftMs }), sent, now: NOON, key: 'next' })

describe('after a token that expires as soon as it comes', () => {
  it('the next attempt waits, whoever wants it', () => {
    expect(pauseAfter(1_999)).toEqual({
      key: 'next',
      generation: 2,
      by: 'tab',
      number: 0,
      startedAt: NOON,
      expiresAt: NOON,
      failures: 1,
      short: 1,
      retryAt: NOON + SECOND,
      notBefore: NOON + SECOND,
    })
    expect(pauseAfter(-MINUTE)).toMatchObject({ short: 1 })
    expect(pauseAfter(2 * SECOND)).toBeUndefined()
  })

  it('a JWT is not judged by the half second before its expiry in which no call carries it', () => {
    const serverClock = { generation: 2, time: NOON, at: NOON, exp: NOON + 3 * SECOND, lifetimeMs: 3 * SECOND }
    const after = (leftMs: number, generation = 2) =>
      brake({
        session: aSession({
          generation: 2,
          accessExpiresAt: NOON + leftMs,
          serverClock: { ...serverClock, generation },
        }),
        sent: anAttempt(),
        now: NOON,
        key: 'next',
      })
    expect([after(1_600), after(1_500)?.short, after(1_600, 1)?.short]).toEqual([undefined, 1, 1])
  })

  it('it waits twice as long each time, up to a minute: at most ten refreshes in the first minute', () => {
    const pauses: number[] = []
    let sent = anAttempt()
    for (let i = 0; i < 12; i++) {
      const pause = pauseAfter(0, sent)
      pauses.push((pause?.notBefore ?? 0) - NOON)
      sent = { ...sent, ...(pause?.short && { short: pause.short }) }
    }
    expect(pauses.slice(0, 7).map((ms) => ms / SECOND)).toEqual([1, 2, 4, 8, 16, 32, 60])
    expect(new Set(pauses.slice(7))).toEqual(new Set([MINUTE]))
  })

  const session = aSession({ generation: 2, accessExpiresAt: NOON })
  const state = signedIn({ session, ledger: aLedger({ generation: 2 }) })
  const committed = { type: 'committed', session, attempt: anAttempt(), now: NOON } as const

  it('the pause stands in the ledger, and is told once', () => {
    const [paused, told] = slowDown([state, []], { ...committed, pause: pauseAfter(0) })
    expect(paused).toMatchObject({
      lastRefreshError: 'short_lived_token',
      ledger: { attempt: { short: 1, failures: 1 } },
    })
    expect(told).toEqual([{ type: 'emit', event: { type: 'refresh-throttled', retryInMs: SECOND } }])
    const [, again] = slowDown([state, []], { ...committed, pause: pauseAfter(0, anAttempt({ short: 1 })) })
    expect(again).toEqual([])
  })

  it('another request that is under way is waited for instead', () => {
    const busy = { ...state, ledger: aLedger({ generation: 2, attempt: anAttempt({ by: 'other' }) }) }
    expect(slowDown([busy, []], { ...committed, pause: pauseAfter(0) })).toEqual([busy, []])
  })
})
