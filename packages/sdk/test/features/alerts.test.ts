import { describe, expect, test } from 'vitest'
import { createMeter } from '../../src/features/metrics.ts'
import type { AlertName, SessionEventDetail } from '../../src/types.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

interface Place {
  at?: number
  sid?: string
  generation?: number
}

/** Notes events and gives the names of the alerts that they raised. */
function setUp() {
  const meter = createMeter()
  return (detail: SessionEventDetail, place: Place = {}): string[] =>
    meter.note({ ...detail, at: 0, tab: 't1', ...place }).map(({ name }) => name)
}

const refreshed: SessionEventDetail = { type: 'refreshed', durationMs: 100, accessLifetimeMs: 15 * MINUTE }
const started: SessionEventDetail = { type: 'refresh-started', trigger: 'timer', attempt: 1 }
const adopted: SessionEventDetail = { type: 'adopted', from: 'peer' }
const signedIn: SessionEventDetail = { type: 'signed-in' }
const failed = (error: string): SessionEventDetail => ({ type: 'refresh-failed', error, final: false, durationMs: 100 })
const rejected = (error: string): SessionEventDetail => ({
  type: 'refresh-failed',
  error,
  final: true,
  durationMs: 100,
})

test.each<[AlertName, 'high' | 'medium', SessionEventDetail[]]>([
  ['refresh-failure-rate', 'high', [failed('network'), failed('network')]],
  ['refresh-token-reused', 'high', [rejected('invalid_grant.reused')]],
  ['concurrent-refresh', 'high', [started, started]],
  ['session-too-long', 'medium', [signedIn, adopted]],
  ['unusual-refresh-rate', 'medium', Array(10).fill(refreshed)],
  ['token-validation', 'medium', [failed('invalid_response')]],
])('%s is of %s severity', (name, severity, details) => {
  const meter = createMeter()
  const place = { tab: 't1', sid: 's1', generation: 1 }
  const at = (i: number) => (name === 'session-too-long' ? i * 13 * HOUR : i)
  const alerts = details.flatMap((detail, i) => meter.note({ ...detail, ...place, at: at(i) }))
  expect(alerts).toEqual([{ type: 'alert', name, severity }])
})

describe('refresh-failure-rate', () => {
  test('is raised by the second failure within 100 attempts, once', () => {
    const note = setUp()
    expect(note(failed('network'))).toEqual([])
    for (let i = 0; i < 98; i++) expect(note(refreshed, { at: i * 13 * MINUTE })).toEqual([])
    expect(note(failed('network'))).toEqual(['refresh-failure-rate'])
    expect(note(failed('network'))).toEqual([])
  })

  test('is not raised by two failures more than 100 attempts apart', () => {
    const note = setUp()
    note(failed('network'))
    for (let i = 0; i < 99; i++) note(refreshed, { at: i * 13 * MINUTE })
    expect(note(failed('network'))).toEqual([])
  })

  test('is raised again once the rate had been low', () => {
    const note = setUp()
    note(failed('network'))
    note(failed('network'))
    for (let i = 0; i < 100; i++) expect(note(refreshed, { at: i * 13 * MINUTE })).toEqual([])
    note(failed('network'))
    expect(note(failed('network'))).toEqual(['refresh-failure-rate'])
  })
})

describe('refresh-token-reused', () => {
  test.each(['invalid_grant.reused', 'token_reuse_detected'])('is raised by %s', (error) => {
    expect(setUp()(rejected(error))).toEqual(['refresh-token-reused'])
  })

  test.each(['invalid_grant', 'token_not_valid', 'invalid_grant.expired', 'network'])(
    'is not raised by %s',
    (error) => {
      expect(setUp()(rejected(error))).toEqual([])
    },
  )

  test('is raised for each session anew', () => {
    const note = setUp()
    note(rejected('invalid_grant.reused'))
    note({ type: 'signed-out', reason: 'refresh-rejected' })
    note(signedIn)
    expect(note(rejected('invalid_grant.reused'))).toContain('refresh-token-reused')
  })
})

describe('concurrent-refresh', () => {
  const place = { sid: 's1', generation: 3 }

  test('is raised by a second attempt while the first is open', () => {
    const note = setUp()
    expect(note(started, place)).toEqual([])
    expect(note(started, place)).toEqual(['concurrent-refresh'])
    expect(note(started, place)).toEqual([])
  })

  test('is raised by a second successor of the token that was spent here', () => {
    const note = setUp()
    note(started, place)
    note(refreshed, { sid: 's1', generation: 4 })
    expect(note(adopted, { sid: 's1', generation: 4 })).toEqual(['concurrent-refresh'])
  })

  test('is not raised by attempts one after another, by others’ work, or by other sessions', () => {
    const note = setUp()
    note(started, place)
    note(failed('network'), place)
    expect(note(started, place)).toEqual([])
    note(refreshed, { sid: 's1', generation: 4 })
    expect(note(adopted, { sid: 's1', generation: 5 })).toEqual([])
    expect(note(started, { sid: 's1', generation: 5 })).toEqual([])
    expect(note(started, { sid: 's2', generation: 5 })).toEqual([])
    expect(note(started)).toEqual([])
    expect(note(started)).toEqual([])
  })

  test.each<SessionEventDetail>([
    signedIn,
    { type: 'signed-out', reason: 'user' },
    adopted,
    { type: 'restored', from: 'cookie', durationMs: 80 },
  ])('an attempt is over with $type', (event) => {
    const note = setUp()
    note(started, place)
    note(event, { sid: 's1', generation: 9 })
    expect(note(started, place)).toEqual([])
  })
})

describe('session-too-long', () => {
  test('is raised once after 12.5 h', () => {
    const note = setUp()
    note(signedIn)
    expect(note(adopted, { at: 12.5 * HOUR })).toEqual([])
    expect(note(adopted, { at: 12.5 * HOUR + 1 })).toEqual(['session-too-long'])
    expect(note(adopted, { at: 13 * HOUR })).toEqual([])
  })

  test('counts from the sign-in, where it is known', () => {
    const meter = createMeter()
    const restored = { type: 'restored', from: 'store', at: 13 * HOUR, tab: 't1' } as const
    expect(meter.note(restored, 0).map(({ name }) => name)).toEqual(['session-too-long'])
  })

  test('is not raised when the session is over', () => {
    const note = setUp()
    note(signedIn)
    note({ type: 'signed-out', reason: 'user' }, { at: HOUR })
    expect(note({ type: 'idle-cleared' }, { at: 20 * HOUR })).toEqual([])
  })
})

describe('unusual-refresh-rate', () => {
  const renewTenTimes = (note: ReturnType<typeof setUp>, intervalMs: number): string[] =>
    Array.from({ length: 10 }, (_, i) => note(i % 2 ? adopted : refreshed, { at: HOUR + i * intervalMs })).flat()

  test('is raised by more than three renewals in a lifetime, in whichever tab', () => {
    expect(renewTenTimes(setUp(), 5 * MINUTE - 1)).toEqual(['unusual-refresh-rate'])
    expect(renewTenTimes(setUp(), 5 * MINUTE)).toEqual([])
  })

  test('is not raised by a few', () => {
    const note = setUp()
    for (let i = 0; i < 9; i++) expect(note(refreshed, { at: i })).toEqual([])
  })

  test('is not raised by people who sign in again and again', () => {
    const note = setUp()
    for (let i = 0; i < 20; i++) {
      expect(note(signedIn, { at: i })).toEqual([])
      expect(note(refreshed, { at: i })).toEqual([])
    }
  })
})

describe('token-validation', () => {
  test.each(['invalid_response', 'not_json'])('is raised by %s, once until the endpoint answers well', (error) => {
    const note = setUp()
    expect(note(failed(error))).toEqual(['token-validation'])
    expect(note(failed(error))).not.toContain('token-validation')
    note(refreshed)
    expect(note(failed(error))).toContain('token-validation')
  })

  test.each(['network', 'http_503', 'timeout'])('is not raised by %s', (error) => {
    expect(setUp()(failed(error))).toEqual([])
  })
})

test('a request raises no alert of its own: the next event of the session does', () => {
  const note = setUp()
  note(signedIn)
  expect(note({ type: 'request-released', count: 1, waitedMs: 0, queued: 0 }, { at: 13 * HOUR })).toEqual([])
  expect(note(adopted, { at: 13 * HOUR })).toEqual(['session-too-long'])
})
