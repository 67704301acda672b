import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../src/audit/entry.ts'
import { operated } from '../support/operated.ts'
import { ended, start } from '../support/process.ts'
import { bearer, MINUTE_MS, START_AT } from '../support/test-server.ts'
import { type Operated, serve } from './support.ts'

// The reports of one day. Runs on each store.

const UNTIL = '2026-01-06T07:00:00Z'
const at = (minutes: number) => new Date(START_AT + minutes * MINUTE_MS).toISOString()
const uuid = expect.stringMatching(/^[\da-f-]{36}$/)

/** A morning: amara works for an hour, ben's token is used twice, and somebody guesses passwords. */
async function aMorning(client: Operated) {
  const { clock, signIn, rotate, refresh, post, patients } = client
  const amara = await signIn()
  const ben = await signIn('ben')
  clock.now += 10 * MINUTE_MS
  const stolen = await rotate(ben.refresh, 'ben')
  await post('/auth/login', { username: 'amara', password: 'wrong' })
  await post('/auth/login', { username: 'nobody', password: 'wrong' })
  clock.now += 20 * MINUTE_MS
  await refresh(ben.refresh, 'thief')
  await refresh('no token of ours')
  await patients(stolen.access)
  const admin = await signIn('admin')
  await post('/api/ward/patients/p01/notes', { text: 'a note' }, bearer(admin.access))
  clock.now += 30 * MINUTE_MS
  const second = await rotate(amara.refresh, 'amara')
  await rotate(amara.refresh, 'amara')
  await post('/auth/logout', { refresh: second.refresh })
  return { amara, ben, stolen, admin, second }
}

async function reportOf({ run }: Operated, ...args: string[]) {
  const { output, problem, code } = await run('report', ...args)
  expect([problem, code]).toEqual(['', 0])
  return output
}

describe('a report', () => {
  it('summarises its period as JSON', async () => {
    const client = await serve()
    const { ben } = await aMorning(client)
    const report = JSON.parse(await reportOf(client, 'daily', '--json', '--until', UNTIL))
    expect(report).toMatchObject({
      period: { name: 'daily', from: '2026-01-05T07:00:00.000Z', until: '2026-01-06T07:00:00.000Z' },
      usage: { users: 3, sessions: 3, signIns: 3, sessionsEnded: { reuse: 1, 'sign-out': 1 } },
      refreshes: {
        ...{ granted: 3, refused: 2, successRate: 0.75 },
        byResult: { rotated: 2, replayed: 1, reused: 1, unknown: 1 },
      },
      signIns: [
        { day: '2026-01-05', username: 'admin', signIns: 1 },
        { day: '2026-01-05', username: 'amara', signIns: 1 },
        { day: '2026-01-05', username: 'ben', signIns: 1 },
      ],
      sessionLengths: { sessions: 3, medianMs: 30 * MINUTE_MS, p95Ms: 60 * MINUTE_MS, longestMs: 60 * MINUTE_MS },
      reuseEvents: [
        { at: at(30), username: 'ben', sessionId: uuid, address: '127.0.0.1', token: fingerprint(ben.refresh) },
      ],
      failedAttempts: {
        total: 6,
        byReason: [
          { operation: 'sign-in', reason: 'invalid_credentials', attempts: 2 },
          { operation: 'access', reason: 'ended', attempts: 1 },
          { operation: 'access', reason: 'forbidden', attempts: 1 },
          { operation: 'refresh', reason: 'reused', attempts: 1 },
          { operation: 'refresh', reason: 'unknown', attempts: 1 },
        ],
        byAddress: [{ address: '127.0.0.1', attempts: 6, users: 3 }],
        byUser: [
          { username: 'ben', attempts: 2 },
          { username: 'admin', attempts: 1 },
          { username: 'amara', attempts: 1 },
        ],
      },
      policyViolations: [
        { kind: 'reused-token', username: 'ben', times: 1, sessions: [uuid], firstAt: at(30), lastAt: at(30) },
        { kind: 'missing-role', username: 'admin', times: 1, sessions: [uuid] },
      ],
      breachNotice: {
        ...{ users: ['ben'], from: at(10), until: at(30) },
        sessions: [
          {
            ...{ sessionId: uuid, username: 'ben', signedInAt: at(0) },
            ...{ exposedFrom: at(10), detectedAt: at(30), exposedUntil: at(30) },
            ...{ addresses: ['127.0.0.1'], refreshesGranted: 1 },
          },
        ],
      },
    })
  })

  it('is Markdown by default', async () => {
    const client = await serve()
    await aMorning(client)
    const report = await reportOf(client, 'weekly', '--until', UNTIL)
    expect(report).toContain('# Sessions, weekly: 2025-12-30T07:00:00.000Z to 2026-01-06T07:00:00.000Z')
    expect(report).toContain('Success rate: 75.00 % (3 granted, 2 refused).')
    expect(report).toContain('| 2026-01-05 | ben | 1 |')
    expect(report).toContain('| 3 | 30 min | 1 h 0 min | 1 h 0 min |')
    expect(report).toContain(`from ${at(10)} to ${at(30)}`)
    expect([...report.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
      'Usage',
      'Refreshes',
      'Sign-ins per user and day',
      'Session lengths',
      'Reuse of refresh tokens',
      'Failed attempts: 6',
      'Policy violations',
      'For a breach notice',
    ])
  })

  it('covers exactly its days, up to now by default', async () => {
    const client = await serve()
    await client.signIn()
    const signIns = async (...args: string[]) => JSON.parse(await reportOf(client, ...args, '--json')).usage.signIns
    expect(await signIns('daily', '--until', '2026-01-05T07:00Z')).toBe(0)
    expect(await signIns('daily', '--until', '2026-01-05T07:00:00.001Z')).toBe(1)
    expect(await signIns('daily', '--until', '2026-01-06T07:00:00Z')).toBe(1)
    expect(await signIns('daily', '--until', '2026-01-06T07:00:00.001Z')).toBe(0)
    expect(await signIns('weekly', '--until', '2026-01-12T07:00:00Z')).toBe(1)
    expect(await signIns('monthly', '--until', '2026-02-04T07:00:00Z')).toBe(1)
    expect(await signIns('monthly', '--until', '2026-02-04T07:00:00.001Z')).toBe(0)
    expect(await signIns('daily')).toBe(0)
    client.clock.now = Date.now()
    await client.signIn()
    expect(await signIns('daily')).toBe(1)
  })

  it('includes exposure from before its period, and sessions longer than the policy allows', async () => {
    const client = await serve({
      sessionLifetimeMs: 90 * 24 * 60 * MINUTE_MS,
      refreshLifetimeMs: 90 * 24 * 60 * MINUTE_MS,
    })
    const first = await client.signIn()
    await client.rotate(first.refresh, 'key')
    client.clock.now += 3 * 24 * 60 * MINUTE_MS
    expect(await client.reasonFor(first.refresh, 'thief')).toBe('reused')
    const long = await client.signIn('ben')
    client.clock.now += 61 * MINUTE_MS
    await client.rotate(long.refresh)
    const args = ['daily', '--json', '--until', '2026-01-09', '--session-lifetime', '1h']
    const { breachNotice, policyViolations } = JSON.parse(await reportOf(client, ...args))
    expect(breachNotice.sessions).toMatchObject([{ signedInAt: at(0), exposedFrom: at(0), refreshesGranted: 1 }])
    expect(policyViolations).toMatchObject([
      { kind: 'reused-token', username: 'amara' },
      { kind: 'session-too-long', username: 'ben', times: 1 },
    ])
  })

  it('shows no figures for an empty period', async () => {
    const client = await serve()
    const report = JSON.parse(await reportOf(client, 'daily', '--json', '--until', UNTIL))
    expect(report.refreshes).toEqual({ granted: 0, refused: 0, successRate: null, byResult: {} })
    expect(report.breachNotice).toEqual({ users: [], from: null, until: null, sessions: [] })
    expect(await reportOf(client, 'daily', '--until', UNTIL)).toContain(
      'There is no sign that somebody else used a session',
    )
  })
})

describe('an invalid command', () => {
  it.each([
    ['no period', ['report'], 'write report daily|weekly|monthly'],
    ['another period', ['report', 'hourly'], '"hourly" is not a period; write daily, weekly, monthly'],
    ['too much', ['report', 'daily', 'weekly'], 'write report daily|weekly|monthly'],
    ['no store', ['report', 'daily'], 'the store is missing; write --store <file>, or set REDIS_URL'],
    ['a store that is not there', ['report', 'daily', '--store', 'no-such.db'], 'there is no file "no-such.db"'],
    ['no time', ['report', 'daily', '--until', 'noon', '--store', someFile()], '"noon" is not a time; write for'],
    ['no duration', ['report', 'daily', '--session-lifetime', '12', '--store', someFile()], '"12" is not a duration'],
    ['an unknown argument', ['report', 'daily', '--jsn'], "Unknown option '--jsn'"],
    ['nobody', ['erase', '--store', 'no-such.db'], 'write erase <username>'],
    ['too many', ['erase', 'amara', 'ben'], 'write erase <username>'],
    ['what is for reports', ['erase', 'amara', '--json', '--store', someFile()], 'erase does not take --json'],
  ])('with %s exits with 2 and one line', async (_, args, problem) => {
    const result = await operated(args)
    expect(result).toMatchObject({ output: '', code: 2 })
    expect(result.problem).toContain(problem)
    expect(result.problem.trim().split('\n')).toHaveLength(1)
  })

  it('does not change a file that is not a database', async () => {
    const result = await operated(['report', 'daily', '--store', someFile()])
    expect(result).toMatchObject({ output: '', code: 1 })
    expect(result.problem).toContain('cannot be opened as a database')
  })
})

describe('the report process', () => {
  it('prints a report and exits with 0', async () => {
    const client = await serve()
    const { output } = await client.run('report', 'daily', '--until', UNTIL)
    const isRedis = client.store.startsWith('redis:')
    const args = ['report', 'daily', '--until', UNTIL, ...(isRedis ? [] : ['--store', client.store])]
    const child = start(args, isRedis ? { REDIS_URL: client.store } : {})
    expect(await ended(child)).toEqual({ output, problem: '', code: 0 })
  })

  it('exits with 2 and one line if the command is invalid', async () => {
    expect(await ended(start(['report'], {}))).toEqual({
      output: '',
      problem: 'refresh server: write report daily|weekly|monthly\n',
      code: 2,
    })
  })
})

function someFile(): string {
  return new URL('../../package.json', import.meta.url).pathname
}
