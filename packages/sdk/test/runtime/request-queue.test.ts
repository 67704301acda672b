import { beforeEach, describe, expect, it } from 'vitest'
import { TokenManagerError } from '../../src/errors.ts'
import { createRequestQueue, type RequestQueue } from '../../src/runtime/request-queue.ts'
import type { Access, Need } from '../../src/session/access.ts'
import type { SessionEventDetail } from '../../src/types.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createEvents, watch } from '../support/ports.ts'
import { aLedger, anAttempt, HOUR, NOON, SECOND, signedIn } from '../support/sessions.ts'

const GRANTED: Access = { kind: 'granted', identity: 1, sid: 's', generation: 1, accessToken: 'a' }
const need: Need = { identity: 1 }

let clock: FakeClock
let events: ReturnType<typeof createEvents>
let decide: (need: Need) => Access
let retryAfterMs: number | undefined
let lastRefreshError: string | undefined
let starved: number
let queue: RequestQueue

function createQueue(emit: (event: SessionEventDetail) => void, maxQueued = 1_000): RequestQueue {
  const store = {
    get state() {
      const attempt = retryAfterMs === undefined ? undefined : anAttempt({ notBefore: clock.now() + retryAfterMs })
      return signedIn({
        ledger: aLedger({ ...(attempt && { attempt }) }),
        ...(lastRefreshError !== undefined && { lastRefreshError }),
      })
    },
    dispatch({ type }: { type: string }) {
      if (type === 'wait-timed-out') starved++
    },
  }
  const parts = { store, events: { emit }, decide: (asked: Need) => decide(asked) }
  return createRequestQueue({ clock }, { maxQueued, maxWaitMs: 15 * SECOND }, parts)
}

beforeEach(() => {
  clock = createFakeClock()
  events = createEvents()
  lastRefreshError = undefined
  starved = 0
  decide = () => ({ kind: 'wait' })
  retryAfterMs = undefined
  queue = createQueue(events.emit)
})

const settle = () => clock.run(0)

describe('waiting', () => {
  it('1,000 calls are released in the order in which they came', async () => {
    const order: number[] = []
    for (let i = 0; i < 1_000; i++) void queue.wait(need).then(() => order.push(i))
    queue.flush()
    await settle()
    expect(order).toEqual([])
    decide = () => GRANTED
    queue.flush()
    await settle()
    expect(order).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
    expect(queue.size).toBe(0)
  })

  it('scenario 32: one call too many is refused at once, and takes no place', async () => {
    for (let i = 0; i < 1_000; i++) void queue.wait(need)
    await expect(queue.wait(need)).rejects.toMatchObject({ code: 'queue_full' })
    await expect(queue.wait(need)).rejects.toMatchObject({ code: 'queue_full' })
    expect(queue.size).toBe(1_000)
    expect(events.all).toEqual([
      { type: 'request-queued', count: 1_000, queued: 1_000 },
      { type: 'request-failed', code: 'queue_full', count: 1 },
      { type: 'request-failed', code: 'queue_full', count: 1 },
    ])
  })

  it('a place that is left is free', async () => {
    const small = createQueue(events.emit, 1)
    const leaving = new AbortController()
    const first = watch(small.wait(need, leaving.signal))
    leaving.abort()
    const second = watch(small.wait(need))
    await settle()
    expect([first.settled, second.settled]).toEqual([true, false])
  })

  it('each call is asked for by its own need', async () => {
    const mine = watch(queue.wait({ identity: 1 }))
    const other = watch(queue.wait({ identity: 2 }))
    decide = ({ identity }) => (identity === 2 ? GRANTED : { kind: 'wait' })
    queue.flush()
    await settle()
    expect([mine.settled, other.value]).toEqual([false, GRANTED])
  })

  it('a burst is one event: how many came, how long the line is, and how long they waited', async () => {
    for (let i = 0; i < 999; i++) void queue.wait(need)
    expect(events.all).toEqual([])
    await clock.run(SECOND)
    void queue.wait(need)
    await clock.run(SECOND)
    decide = () => GRANTED
    queue.flush()
    expect(events.all).toEqual([
      { type: 'request-queued', count: 999, queued: 999 },
      { type: 'request-queued', count: 1, queued: 1_000 },
      { type: 'request-released', count: 1_000, waitedMs: 2 * SECOND, queued: 0 },
    ])
    queue.flush()
    expect(events.all).toHaveLength(3)
  })

  it('a call that is served in the turn in which it came is told of as one that came', () => {
    void queue.wait(need)
    decide = () => GRANTED
    queue.flush()
    expect(events.all).toEqual([
      { type: 'request-queued', count: 1, queued: 0 },
      { type: 'request-released', count: 1, waitedMs: 0, queued: 0 },
    ])
  })
})

describe('deadlines', () => {
  it('scenario 2: a call is given up after maxWaitMs, not before', async () => {
    const call = watch(queue.wait(need))
    expect(queue.nextDeadline()).toBe(NOON + 15 * SECOND)
    await clock.run(15 * SECOND - 1)
    queue.flush()
    await settle()
    expect(call.settled).toBe(false)
    await clock.run(1)
    queue.flush()
    await settle()
    expect(call.error).toMatchObject({ code: 'refresh_unavailable' })
    expect(events.all.at(-1)).toEqual({ type: 'request-failed', code: 'refresh_unavailable', count: 1 })
    expect(queue.nextDeadline()).toBeUndefined()
  })

  it('the next is that of the call that waits longest', async () => {
    const first = new AbortController()
    watch(queue.wait(need, first.signal))
    await clock.run(SECOND)
    watch(queue.wait(need))
    expect(queue.nextDeadline()).toBe(NOON + 15 * SECOND)
    first.abort()
    expect(queue.nextDeadline()).toBe(NOON + 16 * SECOND)
  })

  it('scenario 14: no call waits while the laptop sleeps, or because its clock is set forward', async () => {
    const call = watch(queue.wait(need))
    await clock.run(SECOND)
    clock.sleep(HOUR)
    expect(queue.nextDeadline()).toBe(NOON + HOUR + 15 * SECOND)
    queue.flush()
    await settle()
    expect(call.settled).toBe(false)
    await clock.run(14 * SECOND)
    decide = () => GRANTED
    queue.flush()
    expect(events.all.at(-1)).toEqual({ type: 'request-released', count: 1, waitedMs: 15 * SECOND, queued: 0 })
  })

  it('a call that can be served at its deadline is served', async () => {
    const call = watch(queue.wait(need))
    await clock.run(15 * SECOND)
    decide = () => GRANTED
    queue.flush()
    await settle()
    expect(call.value).toBe(GRANTED)
  })

  it('the error says why the last refresh failed, and that calls waited in vain is told once', async () => {
    const calls = [watch(queue.wait(need)), watch(queue.wait({ ...need, minValidityMs: 1 }))]
    lastRefreshError = 'http_404.not_found'
    await clock.run(15 * SECOND)
    queue.flush()
    await settle()
    for (const { error } of calls) {
      expect(error).toMatchObject({
        message: 'No fresh token within 15000 ms; the last refresh failed: http_404.not_found.',
      })
    }
    expect(starved).toBe(1)
    queue.flush()
    expect(starved).toBe(1)
  })

  it('scenario 9: the error says how long the endpoint asked to be left alone', async () => {
    const call = watch(queue.wait(need))
    retryAfterMs = 30 * SECOND
    await clock.run(15 * SECOND)
    queue.flush()
    await settle()
    expect(call.error).toMatchObject({ code: 'refresh_unavailable', retryAfterMs: 30 * SECOND })
  })
})

describe('leaving', () => {
  it('an abort ends the wait at once, with the reason of the signal, and nothing is told', async () => {
    const controller = new AbortController()
    const reason = { why: 'the user went on' }
    const call = watch(queue.wait(need, controller.signal))
    await settle()
    const told = events.all.length
    controller.abort(reason)
    expect(queue.size).toBe(0)
    await settle()
    expect(call.error).toBe(reason)
    expect(events.all).toHaveLength(told)
  })

  it('a signal that was aborted before takes no place', async () => {
    await expect(queue.wait(need, AbortSignal.abort('gone'))).rejects.toBe('gone')
    expect(events.all).toEqual([])
  })

  it('a call that was served does not listen to its signal any more', async () => {
    const controller = new AbortController()
    let listening = 0
    const { addEventListener, removeEventListener } = controller.signal
    controller.signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
      listening++
      addEventListener.apply(controller.signal, given)
    }
    controller.signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      listening--
      removeEventListener.apply(controller.signal, given)
    }
    void queue.wait(need, controller.signal)
    expect(listening).toBe(1)
    decide = () => GRANTED
    queue.flush()
    expect(listening).toBe(0)
  })

  it('scenario 24: a refusal is the error of the call', async () => {
    const call = watch(queue.wait(need))
    decide = () => ({ kind: 'refused', code: 'identity_changed' })
    queue.flush()
    await settle()
    expect(call.error).toMatchObject({ code: 'identity_changed' })
    expect(events.all.at(-1)).toEqual({ type: 'request-failed', code: 'identity_changed', count: 1 })
  })

  it('all are turned away when the page is done with', async () => {
    const calls = [watch(queue.wait(need)), watch(queue.wait(need))]
    const error = new TokenManagerError('disposed', 'gone')
    queue.rejectAll(error)
    await settle()
    expect(calls.map((call) => call.error)).toEqual([error, error])
    expect(queue.size).toBe(0)
    expect(events.all.at(-1)).toEqual({ type: 'request-failed', code: 'disposed', count: 2 })
  })
})
