import { expect, test } from 'vitest'
import { createMeter } from '../../src/features/metrics.ts'
import type { SessionEventDetail } from '../../src/types.ts'

/** A meter that is told of events at instants. */
function setUp() {
  const meter = createMeter()
  return {
    meter,
    note: (at: number, ...details: SessionEventDetail[]) => {
      for (const detail of details) meter.note({ ...detail, at, tab: 't1' })
    },
  }
}

const refreshed = (durationMs: number): SessionEventDetail => ({
  type: 'refreshed',
  durationMs,
  accessLifetimeMs: 900_000,
})
const failed = (error: string): SessionEventDetail => ({
  type: 'refresh-failed',
  error,
  final: false,
  durationMs: 9_999,
})

test('nothing happened', () => {
  expect(createMeter().read(1_000)).toEqual({
    refreshesSucceeded: 0,
    refreshesFailed: 0,
    refreshesAdopted: 0,
    refreshSuccessRate: 1,
    refreshLatencyP50Ms: 0,
    refreshLatencyP95Ms: 0,
    refreshLatencyMaxMs: 0,
    requestsSent: 0,
    requestsQueued: 0,
    requestsReplayed: 0,
    requestsFailed: 0,
    longestWaitMs: 0,
    unauthorizedAnswers: 0,
    leaderChanges: 0,
    sessionDurationMs: 0,
  })
})

test('refreshes', () => {
  const { meter, note } = setUp()
  note(0, refreshed(100), refreshed(200), failed('network'), { type: 'adopted', from: 'peer' })
  note(
    0,
    { type: 'refresh-started', trigger: 'restore', attempt: 1 },
    { type: 'restored', from: 'cookie', durationMs: 400 },
  )
  note(0, { type: 'restored', from: 'peer' }, { type: 'restored', from: 'store' })
  expect(meter.read(0)).toMatchObject({
    refreshesSucceeded: 3,
    refreshesFailed: 1,
    refreshesAdopted: 1,
    refreshSuccessRate: 0.75,
    refreshLatencyMaxMs: 400,
  })
})

test('latencies: the median, the 95th percentile, the longest', () => {
  const { meter, note } = setUp()
  for (let ms = 100; ms >= 1; ms--) note(0, refreshed(ms))
  expect(meter.read(0)).toMatchObject({ refreshLatencyP50Ms: 50, refreshLatencyP95Ms: 95, refreshLatencyMaxMs: 100 })
})

test('latencies of the newest 200 refreshes; the longest of all', () => {
  const { meter, note } = setUp()
  note(0, refreshed(60_000))
  for (let i = 0; i < 200; i++) note(0, refreshed(10))
  expect(meter.read(0)).toMatchObject({ refreshLatencyP50Ms: 10, refreshLatencyP95Ms: 10, refreshLatencyMaxMs: 60_000 })
})

test('requests', () => {
  const { meter, note } = setUp()
  note(0, { type: 'request-queued', count: 3, queued: 3 }, { type: 'request-queued', count: 1, queued: 4 })
  note(
    0,
    { type: 'request-released', count: 3, waitedMs: 700, queued: 1 },
    { type: 'request-released', count: 1, waitedMs: 300, queued: 0 },
  )
  note(0, { type: 'request-replayed', status: 401 }, { type: 'request-failed', code: 'queue_full', count: 2 })
  note(0, { type: 'leader-changed', isLeader: true })
  for (let i = 0; i < 3; i++) meter.count('requestsSent')
  meter.count('unauthorizedAnswers')
  expect(meter.read(0)).toMatchObject({
    requestsSent: 3,
    requestsQueued: 4,
    requestsReplayed: 1,
    requestsFailed: 2,
    longestWaitMs: 700,
    unauthorizedAnswers: 1,
    leaderChanges: 1,
  })
})

test('the session’s duration, until it ends', () => {
  const { meter, note } = setUp()
  expect(meter.read(500).sessionDurationMs).toBe(0)
  note(1_000, { type: 'signed-in' })
  expect(meter.read(6_000).sessionDurationMs).toBe(5_000)
  expect(meter.read(500).sessionDurationMs).toBe(0)
  note(9_000, { type: 'signed-out', reason: 'user' })
  expect(meter.read(60_000).sessionDurationMs).toBe(8_000)
  note(70_000, { type: 'restored', from: 'peer' })
  expect(meter.read(71_000).sessionDurationMs).toBe(1_000)
})

test('the session’s own beginning, where it is known', () => {
  const { meter } = setUp()
  meter.note({ type: 'restored', from: 'store', at: 50_000, tab: 't1' }, 20_000)
  expect(meter.read(60_000).sessionDurationMs).toBe(40_000)
})

test('what was read does not change any more', () => {
  const { meter, note } = setUp()
  const before = meter.read(0)
  note(0, refreshed(100))
  meter.count('requestsSent')
  expect(before).toMatchObject({ refreshesSucceeded: 0, requestsSent: 0 })
})
