import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readServerClock } from '../../src/session/server-clock.ts'
import type { ServerClock } from '../../src/types.ts'
import { parse } from '../support/parse.ts'
import { HOUR, MINUTE, NOON, SECOND } from '../support/sessions.ts'
import { SIMPLE_JWT_ANSWERS } from '../support/simple-jwt-answers.ts'

const LIFETIME_MS = 15 * MINUTE
const wholeSecond = (ms: number) => Math.floor(ms / SECOND) * SECOND

/** What happens between two answers: time that the page lives through, sleep, and a clock that is set forward. */
interface Step {
  livedMs: number
  sleptMs: number
  jumpMs: number
  latencyMs: number
  /** How long before the answer the token was made, where answers come from a cache. */
  ageMs: number
}

type Iat = 'of the sign-in' | 'of the token'

/** Tells, answer by answer, what is believed to be left of the token and what is, from the sending on. */
function live(steps: readonly Step[], { iat, dated = false }: { iat: Iat; dated?: boolean }) {
  // The server's clock runs three hours ahead of the page's.
  const offsetMs = 3 * HOUR + 250
  let page = NOON
  let server = NOON + offsetMs
  const signedInAt = wholeSecond(server)
  let known: ServerClock | undefined
  const results: Array<{ believedMs: number; leftMs: number; latencyMs: number }> = []

  function answer(latencyMs: number, ageMs: number, livedMs: number): void {
    const sentAt = server
    server += latencyMs
    page += latencyMs
    const issuedAt = Math.max(signedInAt, server - ageMs)
    const exp = wholeSecond(issuedAt + LIFETIME_MS)
    const told = Math.max(
      iat === 'of the token' ? wholeSecond(issuedAt) : signedInAt,
      dated && wholeSecond(server) < exp ? wholeSecond(server) : 0,
    )
    const read = readServerClock(
      { accessLifetimeMs: Math.max(1, exp - told), serverTime: { expiresAt: exp, now: told } },
      { generation: results.length + 1, known, livedMs: livedMs + latencyMs, latencyMs, now: page, wallNow: page },
    )
    known = read.serverClock
    results.push({ believedMs: read.lifetimeMs, leftMs: exp - sentAt, latencyMs })
  }

  answer(0, 0, 0)
  for (const { livedMs, sleptMs, jumpMs, latencyMs, ageMs } of steps) {
    server += livedMs + sleptMs
    page += livedMs + sleptMs + jumpMs
    answer(latencyMs, ageMs, livedMs)
  }
  return results
}

const duration = (max: number) => fc.oneof(fc.constant(0), fc.nat(max))
const step = (given: Partial<Record<keyof Step, fc.Arbitrary<number>>> = {}): fc.Arbitrary<Step> =>
  fc.record({
    livedMs: fc.nat(20 * MINUTE),
    sleptMs: fc.constant(0),
    jumpMs: fc.constant(0),
    latencyMs: duration(3 * SECOND),
    ageMs: fc.constant(0),
    ...given,
  })
const steps = (given?: Parameters<typeof step>[0]) => fc.array(step(given), { minLength: 1, maxLength: 60 })
const source = fc.record({ iat: fc.constantFrom<Iat>('of the sign-in', 'of the token'), dated: fc.boolean() })

describe('scenario 14: what is left of a token that was made for the answer', () => {
  it('is its whole lifetime, whatever its iat, however long the laptop sleeps and wherever its clock is set', () => {
    const history = steps({ sleptMs: duration(9 * HOUR), jumpMs: duration(9 * HOUR) })
    fc.assert(
      fc.property(history, source, (happened, given) => {
        for (const { believedMs } of live(happened, given)) expect(believedMs).toBe(LIFETIME_MS)
      }),
    )
  })
})

describe.each(['rotating', 'keeping'] as const)('the answers of SimpleJWT, %s its refresh tokens', (kind) => {
  it('scenario 28: are good for 15 minutes each', () => {
    let known: ServerClock | undefined
    for (const [i, { answer }] of SIMPLE_JWT_ANSWERS[kind].entries()) {
      const read = readServerClock(parse(answer), {
        generation: i + 1,
        known,
        livedMs: 13 * MINUTE,
        latencyMs: 0,
        now: NOON + i * 13 * MINUTE,
        wallNow: NOON + i * 13 * MINUTE,
      })
      known = read.serverClock
      expect(read).toMatchObject({ lifetimeMs: LIFETIME_MS, isRounded: true })
    }
  })
})

describe('what is left of a token that was old when it came', () => {
  it('is shown by the time that the page has lived through since an answer that told the time', () => {
    fc.assert(
      fc.property(steps({ ageMs: duration(14 * MINUTE) }), source, (happened, given) => {
        for (const [i, { believedMs, leftMs }] of live(happened, given).entries()) {
          expect(believedMs).toBeLessThanOrEqual(leftMs + 2 * SECOND)
          const { ageMs = 0, livedMs = 0, latencyMs = 0 } = happened[i - 1] ?? {}
          // It spoils nothing for those that are made after it.
          const isNew = ageMs === 0 && livedMs > 2 * SECOND
          if (isNew) expect(believedMs).toBeGreaterThanOrEqual(leftMs - latencyMs - 2 * SECOND)
        }
      }),
    )
  })

  it('is shown by the Date of its answer, also after a sleep', () => {
    const history = steps({ ageMs: duration(14 * MINUTE), sleptMs: duration(9 * HOUR) })
    fc.assert(
      fc.property(history, (happened) => {
        for (const { believedMs, leftMs } of live(happened, { iat: 'of the token', dated: true })) {
          expect(believedMs).toBeLessThanOrEqual(leftMs + SECOND)
        }
      }),
    )
  })
})

describe('the server’s clock', () => {
  const known: ServerClock = { generation: 1, time: NOON, at: NOON, exp: NOON + LIFETIME_MS, lifetimeMs: LIFETIME_MS }
  const input = {
    generation: 2,
    known,
    livedMs: 13 * MINUTE,
    latencyMs: 0,
    now: NOON + 13 * MINUTE,
    wallNow: NOON + 13 * MINUTE,
  }
  const read = (expiresAt: number, told: number, given = {}) =>
    readServerClock(
      { accessLifetimeMs: expiresAt - told, serverTime: { expiresAt, now: told } },
      { ...input, ...given },
    )

  it('of an endpoint that tells none is what it was', () => {
    expect(readServerClock({ accessLifetimeMs: MINUTE }, input)).toEqual({
      lifetimeMs: MINUTE,
      isRounded: false,
      serverClock: known,
    })
  })

  it('never makes more of a token than the answer does', () => {
    const tokens = { accessLifetimeMs: MINUTE, serverTime: { expiresAt: NOON + 28 * MINUTE, now: NOON + 13 * MINUTE } }
    expect(readServerClock(tokens, input)).toMatchObject({ lifetimeMs: MINUTE, isRounded: false })
  })

  it('shows that a token has expired before it came', () => {
    expect(read(NOON + MINUTE, NOON - 14 * MINUTE).lifetimeMs).toBe(0)
    expect(read(NOON + 2 * MINUTE, NOON - 13 * MINUTE).lifetimeMs).toBe(0)
  })

  it('is that of an answer which says when it was made, also where that has been set back', () => {
    const setBackMs = 14 * MINUTE + 58 * SECOND
    const made = NOON + 13 * MINUTE - setBackMs
    const answer = (members: object, leftMs = LIFETIME_MS) => ({
      accessLifetimeMs: leftMs,
      serverTime: { expiresAt: made + leftMs, now: made, ...members },
    })
    expect(readServerClock(answer({}), input).lifetimeMs).toBeLessThanOrEqual(3 * SECOND)
    const { lifetimeMs, serverClock } = readServerClock(answer({ isDated: true }), input)
    expect([lifetimeMs, serverClock?.time]).toEqual([LIFETIME_MS, made])
    // By another clock, such as that of a proxy, it would live longer than any before.
    expect(readServerClock(answer({ isDated: true }, 2 * LIFETIME_MS), input).lifetimeMs).toBeLessThan(
      LIFETIME_MS * 1.1,
    )
  })

  it('that has been set back is believed once tokens come that expire later than those before', () => {
    const first = read(NOON - 32 * MINUTE, NOON - 47 * MINUTE)
    expect(first.lifetimeMs).toBe(0)
    const next = { known: first.serverClock, livedMs: SECOND, now: NOON + 13 * MINUTE + SECOND }
    const second = read(NOON - 32 * MINUTE + SECOND, NOON - 47 * MINUTE + SECOND, next)
    expect(second.lifetimeMs).toBe(LIFETIME_MS)
    const later = { known: second.serverClock, livedMs: 13 * MINUTE, now: NOON + 26 * MINUTE }
    expect(read(NOON - 19 * MINUTE, NOON - 34 * MINUTE, later).lifetimeMs).toBe(LIFETIME_MS)
  })
})

describe('the clock of the device', () => {
  const HOURS_AGO = NOON - 10 * HOUR
  const first = (exp: number, told: number, given = {}) =>
    readServerClock(
      { accessLifetimeMs: exp - told, serverTime: { expiresAt: exp, now: told } },
      { generation: 1, known: undefined, livedMs: 0, latencyMs: 0, now: NOON, wallNow: NOON, ...given },
    )

  it('shows that the first token is older than its answer tells', () => {
    expect(first(NOON + 5 * MINUTE, HOURS_AGO).lifetimeMs).toBe(5 * MINUTE)
    expect(first(NOON + 5 * MINUTE, HOURS_AGO, { latencyMs: SECOND }).lifetimeMs).toBe(5 * MINUTE + SECOND)
    expect(first(NOON + LIFETIME_MS, NOON - MINUTE).lifetimeMs).toBe(16 * MINUTE)
  })

  it('says how long tokens live where that was doubted, and nothing tells it since', () => {
    const { serverClock: known } = first(NOON + 5 * MINUTE, HOURS_AGO)
    const later = { generation: 2, known, livedMs: MINUTE, now: NOON + MINUTE, wallNow: NOON + MINUTE }
    const second = first(NOON + 16 * MINUTE, HOURS_AGO, later)
    expect(second).toMatchObject({ lifetimeMs: LIFETIME_MS, serverClock: { lifetimeMs: LIFETIME_MS } })
    const wrong = { ...later, generation: 3, known: second.serverClock, wallNow: NOON + HOUR }
    expect(first(NOON + 29 * MINUTE, HOURS_AGO, wrong).lifetimeMs).toBe(LIFETIME_MS)
  })

  it('is not heard once an answer tells the time', () => {
    const { serverClock: known } = first(NOON + 5 * MINUTE, HOURS_AGO)
    const wrong = { generation: 2, known, livedMs: MINUTE, now: NOON + MINUTE, wallNow: NOON + 10 * MINUTE }
    expect(first(NOON + 16 * MINUTE, NOON + MINUTE, wrong).lifetimeMs).toBe(LIFETIME_MS)
  })

  it('may be wrong, and never makes less than a minute of a token', () => {
    const history = fc.record({ aheadMs: fc.integer({ min: -HOUR, max: HOUR }), lifetimeMs: fc.nat(HOUR) })
    fc.assert(
      fc.property(history, ({ aheadMs, lifetimeMs }) => {
        const read = first(NOON + lifetimeMs, NOON, { wallNow: NOON + aheadMs })
        expect(read.lifetimeMs).toBeGreaterThanOrEqual(Math.min(lifetimeMs, MINUTE))
        expect(read.lifetimeMs).toBeLessThanOrEqual(lifetimeMs)
      }),
    )
  })
})
