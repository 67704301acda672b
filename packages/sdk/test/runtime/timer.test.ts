import { beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../src/ports.ts'
import { createTimer, sleep } from '../../src/runtime/timer.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { watch } from '../support/ports.ts'
import { NOON, SECOND } from '../support/sessions.ts'

let clock: FakeClock
let fired: number[]

beforeEach(() => {
  clock = createFakeClock()
  fired = []
})

let closing: AbortController

/** A timer of one task, which is due when the test says so. */
function create(over: Clock = clock) {
  closing = new AbortController()
  const timer = createTimer(over, closing.signal)
  let dueAt = Number.POSITIVE_INFINITY
  timer.add({ nextAt: () => dueAt, run: () => fired.push(clock.now() - NOON) })
  return {
    set(at: number) {
      dueAt = at
      timer.update()
    },
    timer,
  }
}

describe('the one timer', () => {
  it('calls back when it is due, once', async () => {
    create().set(NOON + SECOND)
    await clock.run(10 * SECOND)
    expect(fired).toEqual([SECOND])
  })

  it('is one, however often it is set', async () => {
    const oneTask = create()
    for (const at of [5, 3, 3, 9]) oneTask.set(NOON + at * SECOND)
    expect(clock.pending).toBe(1)
    await clock.run(10 * SECOND)
    expect(fired).toEqual([9 * SECOND])
  })

  it('is not set anew for the same instant', () => {
    let set = 0
    const oneTask = create({ ...clock, setTimer: () => ++set })
    oneTask.set(NOON + SECOND)
    oneTask.set(NOON + SECOND)
    expect(set).toBe(1)
  })

  it('is set anew once it is a second old: it may have slept with the laptop', async () => {
    const delays: number[] = []
    const oneTask = create({ ...clock, setTimer: (delayMs) => delays.push(delayMs) })
    oneTask.set(NOON + 10 * SECOND)
    clock.sleep(4 * SECOND)
    oneTask.set(NOON + 10 * SECOND)
    expect(delays).toEqual([10 * SECOND, 6 * SECOND])
  })

  it('is not set for what is never due', () => {
    const oneTask = create()
    oneTask.set(NOON + SECOND)
    oneTask.set(Number.POSITIVE_INFINITY)
    expect(clock.pending).toBe(0)
  })

  it('is set for the earliest task, and runs all of them in the order in which they were added', async () => {
    const order: string[] = []
    const { timer } = create()
    timer.add({ nextAt: () => NOON + 2 * SECOND, run: () => order.push('second') })
    timer.add({ nextAt: () => NOON + SECOND, run: () => order.push('first') })
    timer.add({ nextAt: () => NOON + 3 * SECOND })
    timer.update()
    await clock.run(SECOND)
    expect(order).toEqual(['second', 'first'])
  })

  it('is not set any more in a page that is done with', () => {
    const oneTask = create()
    oneTask.set(NOON + SECOND)
    closing.abort()
    oneTask.timer.update()
    expect(clock.pending).toBe(0)
  })

  it('what is overdue comes at once, and may be set again for the same instant', async () => {
    const oneTask = create()
    oneTask.set(NOON - SECOND)
    await clock.run(0)
    oneTask.set(NOON - SECOND)
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
