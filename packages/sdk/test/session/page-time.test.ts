import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leapMsSince, type PageTime, tellTime } from '../../src/session/page-time.ts'
import { HOUR, MINUTE, NOON, SECOND } from '../support/sessions.ts'

/** Looks at the clocks after each step: how much the monotonic one went on, and by how much more the wall clock did. */
function look(steps: readonly (readonly [monotonic: number, jump: number])[]): PageTime[] {
  let wall = NOON
  let monotonic = 0
  const times = [tellTime(undefined, wall, monotonic)]
  for (const [ms, jump] of steps) {
    wall += ms + jump
    monotonic += ms
    times.push(tellTime(times.at(-1), wall, monotonic))
  }
  return times
}
const lastOf = (...steps: [number, number][]) => look(steps).at(-1)

describe('page time', () => {
  it('begins as the wall clock and goes with it', () => {
    expect(look([])).toMatchObject([{ now: NOON, lagMs: 0 }])
    expect(lastOf([MINUTE, 0])).toMatchObject({ now: NOON + MINUTE, lagMs: 0 })
  })

  it('scenario 8: sleep counts, although the monotonic clock stood still', () => {
    expect(lastOf([0, 8 * HOUR])).toMatchObject({ now: NOON + 8 * HOUR, lagMs: 0 })
  })

  it('scenario 14: a clock that is set back takes nothing back', () => {
    expect(lastOf([MINUTE, -HOUR])).toMatchObject({ now: NOON + MINUTE, lagMs: HOUR })
    expect(lastOf([MINUTE, -HOUR], [MINUTE, 0], [MINUTE, -HOUR])).toMatchObject({
      now: NOON + 3 * MINUTE,
      lagMs: 2 * HOUR,
    })
  })

  it('a correction of less than a second is no jump', () => {
    expect(lastOf([MINUTE, -SECOND])).toMatchObject({ lagMs: 0 })
    expect(lastOf([MINUTE, -SECOND - 1])).toMatchObject({ lagMs: SECOND + 1 })
  })

  it('scenario 14: never runs backward, nor slower than the monotonic clock by more than a correction', () => {
    const step = fc.tuple(fc.nat(HOUR), fc.integer({ min: -2 * HOUR, max: 2 * HOUR }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const times = look(steps)
        for (const [i, [ms]] of steps.entries()) {
          const before = times[i]?.now ?? 0
          const after = times[i + 1]?.now ?? 0
          expect(after).toBeGreaterThanOrEqual(before)
          expect(after - before).toBeGreaterThanOrEqual(ms - SECOND)
        }
      }),
    )
  })
})

describe('what nobody lived through', () => {
  const leapMs = (since: number, ...steps: [number, number][]) => {
    const time = lastOf(...steps)
    return time && leapMsSince(since, time)
  }

  it('scenario 14: is sleep, and a clock that is set forward, but for what was before the instant that is asked for', () => {
    const steps: [number, number][] = [
      [MINUTE, 0],
      [0, HOUR],
      [MINUTE, 0],
      [MINUTE, 2 * HOUR],
    ]
    expect(leapMs(NOON, ...steps)).toBe(3 * HOUR)
    expect(leapMs(NOON + MINUTE + HOUR, ...steps)).toBe(2 * HOUR)
    expect(leapMs(NOON + HOUR, ...steps)).toBe(2 * HOUR + MINUTE)
    expect(leapMs(NOON + 4 * HOUR, ...steps)).toBe(0)
  })

  it('is all that was before the page', () => {
    expect(leapMs(NOON - HOUR, [MINUTE, 0])).toBe(HOUR)
  })

  it('is no correction, and no clock that is set back', () => {
    expect(leapMs(NOON, [MINUTE, SECOND], [MINUTE, -HOUR], [MINUTE, 0])).toBe(0)
  })

  it('is never told too short, however often the clock is set', () => {
    const step = fc.tuple(fc.nat(HOUR), fc.integer({ min: 2 * SECOND, max: HOUR }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(HOUR), (steps, sinceMs) => {
        const time = look(steps).at(-1)
        const lived = steps.reduce((sum, [ms]) => sum + ms, 0)
        if (time) expect(time.now - NOON - leapMsSince(NOON, time)).toBeLessThanOrEqual(lived)
        if (time) expect(leapMsSince(NOON + sinceMs, time)).toBeLessThanOrEqual(Math.max(0, time.now - NOON - sinceMs))
        expect(time?.leaps.length).toBeLessThanOrEqual(8)
      }),
    )
  })
})
