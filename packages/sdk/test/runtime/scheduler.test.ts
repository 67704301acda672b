import { beforeEach, describe, expect, it } from 'vitest'
import { createScheduler, sleep } from '../../src/runtime/scheduler.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { watch } from '../support/ports.ts'
import { NOON, SECOND } from '../support/sessions.ts'

let clock: FakeClock
let fired: number[]

beforeEach(() => {
  clock = createFakeClock()
  fired = []
})

const create = () => createScheduler(clock, () => fired.push(clock.now() - NOON))

describe('the one timer', () => {
  it('calls back when it is due, once', async () => {
    create().set(NOON + SECOND)
    await clock.run(10 * SECOND)
    expect(fired).toEqual([SECOND])
  })

  it('is one, however often it is set', async () => {
    const scheduler = create()
    for (const at of [5, 3, 3, 9]) scheduler.set(NOON + at * SECOND)
    expect(clock.pending).toBe(1)
    await clock.run(10 * SECOND)
    expect(fired).toEqual([9 * SECOND])
  })

  it('is not set anew for the same instant', () => {
    let set = 0
    const scheduler = createScheduler({ ...clock, setTimer: () => ++set }, () => {})
    scheduler.set(NOON + SECOND)
    scheduler.set(NOON + SECOND)
    expect(set).toBe(1)
  })

  it('is set anew once it is a second old: it may have slept with the laptop', async () => {
    const delays: number[] = []
    const scheduler = createScheduler({ ...clock, setTimer: (delayMs) => delays.push(delayMs) }, () => {})
    scheduler.set(NOON + 10 * SECOND)
    clock.sleep(4 * SECOND)
    scheduler.set(NOON + 10 * SECOND)
    expect(delays).toEqual([10 * SECOND, 6 * SECOND])
  })

  it.each([undefined, Number.POSITIVE_INFINITY])('%s is never', (at) => {
    const scheduler = create()
    scheduler.set(NOON + SECOND)
    scheduler.set(at)
    expect(clock.pending).toBe(0)
  })

  it('what is overdue comes at once, and may be set again for the same instant', async () => {
    const scheduler = create()
    scheduler.set(NOON - SECOND)
    await clock.run(0)
    scheduler.set(NOON - SECOND)
    await clock.run(0)
    expect(fired).toEqual([0, 0])
  })
})

describe('a pause', () => {
  it('ends when its time is up, and leaves nothing', async () => {
    const pause = watch(sleep(clock, SECOND, new AbortController().signal))
    await clock.run(SECOND - 1)
    expect(pause.settled).toBe(false)
    await clock.run(1)
    expect(pause).toEqual({ settled: true, value: true })
  })

  it.each([async () => {}, () => Promise.reject(new Error('no'))])(
    'ends as soon as what it waits for settles',
    async (end) => {
      const pause = watch(sleep(clock, SECOND, new Promise(() => {}), end()))
      await clock.run(0)
      expect(pause).toEqual({ settled: true, value: false })
      expect(clock.pending).toBe(0)
    },
  )

  it('ends at once when it is aborted, without an error and without a timer', async () => {
    const controller = new AbortController()
    const pause = watch(sleep(clock, SECOND, controller.signal))
    controller.abort()
    await clock.run(0)
    expect(pause).toEqual({ settled: true, value: false })
    expect(clock.pending).toBe(0)
    await sleep(clock, SECOND, controller.signal)
    expect(clock.pending).toBe(0)
  })
})
