import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createClock } from '../../src/platform/clock.ts'
import { HOUR, NOON, SECOND } from '../support/sessions.ts'
import { useVirtualTime } from '../support/tokens.ts'

const LONGEST = 2 ** 31 - 1

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

describe('the browser’s clock', () => {
  it('scenario 21: a page that stands still while it looks at the clocks lags behind none of them', () => {
    const clock = createClock()
    clock.now()
    const { now } = performance
    vi.spyOn(performance, 'now').mockImplementation(() => {
      vi.advanceTimersByTime(60)
      return now.call(performance)
    })
    expect([clock.lagMs(), clock.lagMs()]).toEqual([0, 0])
  })

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

describe('in a hidden page', () => {
  beforeEach(() => {
    const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    onTestFinished(() => visibility.mockRestore())
  })

  // Browsers fire the fifth timer of a chain, and all after it, once a minute there.
  it('a timer calls back from the task of a message, so that what it sets is no chain of timers', async () => {
    let inTimer = false
    const { setTimeout: plain } = globalThis
    vi.stubGlobal('setTimeout', (run: () => void, ms: number) =>
      plain(() => {
        inTimer = true
        run()
        inTimer = false
      }, ms),
    )
    const called = new Promise((resolve) => createClock().setTimer(SECOND, () => resolve(inTimer)))
    vi.advanceTimersByTime(SECOND)
    expect(await called).toBe(false)
  })

  it('what is cleared in between does not come', async () => {
    const clock = createClock()
    let called = 0
    const timer = clock.setTimer(SECOND, () => called++)
    vi.advanceTimersByTime(SECOND)
    clock.clearTimer(timer)
    await new Promise(
      (resolve) => clock.setTimer(0, () => resolve(vi.advanceTimersByTime(SECOND))) && vi.advanceTimersByTime(1),
    )
    expect(called).toBe(0)
  })
})
