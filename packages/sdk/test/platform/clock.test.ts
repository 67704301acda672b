import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createClock } from '../../src/platform/clock.ts'
import { HOUR, NOON, SECOND } from '../support/sessions.ts'
import { useVirtualTime } from '../support/tokens.ts'

const LONGEST = 2 ** 31 - 1

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

describe('the browser’s clock', () => {
  it('scenario 14: goes on when the wall clock is set back', () => {
    const clock = createClock()
    expect(clock.now()).toBe(NOON)
    vi.advanceTimersByTime(SECOND)
    vi.setSystemTime(NOON - HOUR)
    expect([clock.now(), clock.wallNow()]).toEqual([NOON + SECOND, NOON - HOUR])
  })

  it('calls back once, when it is due', () => {
    let called = 0
    createClock().setTimer(SECOND, () => called++)
    vi.advanceTimersByTime(SECOND - 1)
    expect(called).toBe(0)
    vi.advanceTimersByTime(HOUR)
    expect(called).toBe(1)
  })

  it('a delay that no browser timer can hold is split', () => {
    let called = 0
    createClock().setTimer(2 * LONGEST + SECOND, () => called++)
    vi.advanceTimersByTime(2 * LONGEST + SECOND - 1)
    expect(called).toBe(0)
    vi.advanceTimersByTime(1)
    expect(called).toBe(1)
  })

  it('what is cleared does not come, in whichever part of it', () => {
    const clock = createClock()
    let called = 0
    const timer = clock.setTimer(2 * LONGEST, () => called++)
    vi.advanceTimersByTime(LONGEST + SECOND)
    clock.clearTimer(timer)
    clock.clearTimer(undefined)
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(2 * LONGEST)
    expect(called).toBe(0)
  })
})
