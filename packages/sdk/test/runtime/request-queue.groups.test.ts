import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { createRequestQueue, type RequestQueue } from '../../src/runtime/request-queue.ts'
import type { Access, Need } from '../../src/session/access.ts'
import type { SessionEventDetail } from '../../src/types.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createEvents, watch } from '../support/ports.ts'
import { SECOND, signedIn } from '../support/sessions.ts'

const GRANTED: Access = { kind: 'granted', identity: 1, sid: 's', generation: 1, accessToken: 'a' }
const need: Need = { identity: 1 }

let clock: FakeClock
let events: ReturnType<typeof createEvents>
let decide: (need: Need) => Access
let queue: RequestQueue

function createQueue(emit: (event: SessionEventDetail) => void): RequestQueue {
  const parts = {
    store: { state: signedIn(), dispatch() {} },
    events: { emit },
    decide: (asked: Need) => decide(asked),
  }
  return createRequestQueue({ clock }, { maxQueued: 1_000, maxWaitMs: 15 * SECOND }, parts)
}

beforeEach(() => {
  clock = createFakeClock()
  events = createEvents()
  decide = () => ({ kind: 'wait' })
  queue = createQueue(events.emit)
})

const settle = () => clock.run(0)

describe('calls that come together', () => {
  it('share what they wait for, and are told of together', () => {
    const calls = [queue.wait(need), queue.wait({ ...need })]
    expect(calls[0]).toBe(calls[1])
    expect(queue.size).toBe(2)
    decide = () => GRANTED
    queue.flush()
    expect(events.all.slice(1)).toEqual([{ type: 'request-released', count: 2, waitedMs: 0, queued: 0 }])
  })

  it.each<[string, Need, Need]>([
    ['another user', need, { identity: 2 }],
    ['another validity', need, { ...need, minValidityMs: SECOND }],
    ['something newer', need, { ...need, newerThan: { sid: 's', generation: 1 } }],
  ])('%s is another need', (_, one, other) => {
    expect(queue.wait(one)).not.toBe(queue.wait(other))
  })

  it('a call in a later millisecond has a deadline of its own', async () => {
    const first = watch(queue.wait(need))
    await clock.run(1)
    const second = watch(queue.wait(need))
    await clock.run(15 * SECOND - 1)
    queue.flush()
    await settle()
    expect([first.settled, second.settled]).toEqual([true, false])
  })

  it('a listener that asks while they are released does not get the promise of those that left', () => {
    const asked: unknown[] = []
    const line = createQueue(({ type }) => {
      if (type === 'request-released' && asked.length === 0) asked.push(line.wait(need))
    })
    const waiting = [line.wait(need), line.wait(need)]
    decide = () => GRANTED
    line.flush()
    expect(asked).toHaveLength(1)
    expect(asked).not.toContain(waiting[0])
  })

  it('whatever the needs, signals and pauses: served in the order of the calls, each once, and counted', async () => {
    const arrival = fc.record({
      need: fc.constantFrom<Need>(need, { identity: 1, minValidityMs: 1 }, { identity: 2 }),
      abortable: fc.boolean(),
      aborted: fc.boolean(),
      pauseMs: fc.constantFrom(0, 0, 0, 1),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 30 }), async (arrivals) => {
        decide = () => ({ kind: 'wait' })
        const line = createQueue(events.emit)
        events.all.length = 0
        const served: number[] = []
        const aborts: (() => void)[] = []
        for (const [index, { need, abortable, aborted, pauseMs }] of arrivals.entries()) {
          const controller = new AbortController()
          line.wait(need, abortable ? controller.signal : undefined).then(
            () => served.push(index),
            () => {},
          )
          if (abortable && aborted) aborts.push(() => controller.abort())
          await clock.run(pauseMs)
        }
        for (const abort of aborts) abort()
        const staying = arrivals.flatMap(({ abortable, aborted }, index) => (abortable && aborted ? [] : [index]))
        expect(line.size).toBe(staying.length)
        decide = () => GRANTED
        line.flush()
        await settle()
        expect(served).toEqual(staying)
        expect(line.size).toBe(0)
        const counted = (type: string) =>
          events.all.reduce((sum, event) => sum + (event.type === type && 'count' in event ? event.count : 0), 0)
        expect(counted('request-released')).toBe(staying.length)
        expect(counted('request-queued')).toBe(arrivals.length)
      }),
      { numRuns: 200 },
    )
  })
})
