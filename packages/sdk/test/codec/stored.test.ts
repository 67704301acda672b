import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, junkUnder } from '../../../../test/support/junk.ts'
import type { Ledger, Stored, StoredSession } from '../../src/types.ts'
import { parseLedger, parseStoredSession } from '../support/parse-stored.ts'

const session: StoredSession = {
  v: 1,
  writtenAt: 1_700_000_000_000,
  epoch: 3,
  sid: 's1',
  generation: 4,
  committedAt: 1_700_000_000_000,
  commitId: 'c1',
  signedInAt: 1_700_000_000_000,
  activities: 7,
  lastActivityAt: 1_700_000_000_000,
  subject: 'alice',
  claims: { sub: 'alice', realm: { roles: ['nurse'] } },
  accessToken: 'a.b.c',
  accessIssuedAt: 1_700_000_000_000,
  accessExpiresAt: 1_700_000_900_000.5,
  refreshAt: 1_700_000_780_000,
  refreshToken: 'r1',
  refreshExpiresAt: 1_700_086_400_000,
}

const ledger: Stored<Ledger> = {
  v: 1,
  writtenAt: 1_700_000_000_000,
  epoch: 3,
  sid: 's1',
  generation: 4,
  signedInAt: 1_700_000_000_000,
  activities: 7,
  lastActivityAt: 1_700_000_000_000,
  attempt: {
    key: 'k1',
    generation: 4,
    by: 't1',
    number: 2,
    startedAt: 1,
    expiresAt: 2,
    failures: 0,
    retryAt: 3,
    notBefore: 4,
  },
  signedOut: { reason: 'idle', at: 5, generation: 4 },
  unauthorizedAt: 6,
  revocationPending: true,
}

type Members = Record<string, unknown>

const without = (record: object, ...names: string[]): Members =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))

/** The record with a member at `path` that is something else. */
function changed(record: object, [name = '', ...rest]: string[], value: unknown): Members {
  const members: Members = { ...record }
  const member = members[name]
  members[name] =
    rest.length > 0 && typeof member === 'object' && member !== null ? changed(member, rest, value) : value
  return members
}

const each = (paths: string[], values: unknown[]): [path: string, values: unknown[]][] =>
  paths.map((path) => [path, values])

const wrong = {
  number: [Number.NaN, Number.POSITIVE_INFINITY, 1e300, '1', null, {}, [], true, 1n],
  count: [-1, 0.5, 2 ** 53, Number.NaN, '1', null, {}],
  id: [1, null, {}, [], 'x'.repeat(201), 'a\nb'],
  text: [1, null, {}, []],
  token: ['', 'a b', 'a\nb', 'x'.repeat(65_537), 1, null],
}

describe('a stored session', () => {
  test('comes back as it went', () => {
    expect(parseStoredSession(JSON.parse(JSON.stringify(session)))).toEqual(session)
  })

  test('may lack what a session may lack', () => {
    const bare = without(session, 'subject', 'claims', 'accessToken', 'refreshToken', 'refreshExpiresAt')
    expect(parseStoredSession(bare)).toEqual(bare)
  })

  test('loses members that nobody knows', () => {
    expect(parseStoredSession({ ...session, extra: 1, end: {} })).toEqual(session)
  })

  const kinds: [keyof typeof wrong, string[]][] = [
    [
      'number',
      [
        ...['writtenAt', 'epoch', 'committedAt', 'signedInAt', 'lastActivityAt'],
        ...['accessIssuedAt', 'accessExpiresAt', 'refreshAt', 'refreshExpiresAt'],
      ],
    ],
    ['count', ['generation', 'activities']],
    ['id', ['sid', 'commitId']],
    ['text', ['subject']],
    ['token', ['accessToken', 'refreshToken']],
  ]
  test.each(kinds.flatMap(([kind, names]) => names.map((name) => [name, kind] as const)))(
    'with a wrong %s is none',
    (name, kind) => {
      for (const value of wrong[kind]) expect(parseStoredSession(changed(session, [name], value))).toBeUndefined()
    },
  )

  test.each([
    'v',
    'writtenAt',
    'epoch',
    'sid',
    'generation',
    'committedAt',
    'commitId',
    'signedInAt',
    'activities',
    'lastActivityAt',
    'accessIssuedAt',
    'accessExpiresAt',
    'refreshAt',
  ])('without %s is none', (name) => {
    expect(parseStoredSession(without(session, name))).toBeUndefined()
  })

  test('of another version is none', () => {
    for (const v of [0, 2, '1', null]) expect(parseStoredSession({ ...session, v })).toBeUndefined()
  })

  test('with claims too deep to copy is none', () => {
    const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)
    expect(parseStoredSession({ ...session, claims: nested(32) })).toBeDefined()
    expect(parseStoredSession({ ...session, claims: nested(33) })).toBeUndefined()
    expect(parseStoredSession({ ...session, claims: { roles: ['nurse', { ward: null }] } })).toBeDefined()
    expect(parseStoredSession({ ...session, claims: nested(5_000) })).toBeUndefined()
    expect(parseStoredSession({ ...session, claims: ['nurse'] })).toBeUndefined()
  })
})

describe('a stored ledger', () => {
  test('comes back as it went', () => {
    expect(parseLedger(JSON.parse(JSON.stringify(ledger)))).toEqual(ledger)
  })

  test('may lack what a ledger may lack', () => {
    const bare = without(ledger, 'attempt', 'signedOut', 'revocationPending', 'unauthorizedAt')
    expect(parseLedger(bare)).toEqual(bare)
    const attempt = without(ledger.attempt ?? {}, 'retryAt', 'notBefore')
    expect(parseLedger({ ...bare, attempt })).toEqual({ ...bare, attempt })
  })

  test('tells of no 401 that came after it was written', () => {
    const record = { ...ledger, unauthorizedAt: ledger.writtenAt + 1_001 }
    expect(parseLedger(record)?.unauthorizedAt).toBe(ledger.writtenAt)
  })

  test('of a page that knows of no sign-in is one', () => {
    expect(parseLedger({ ...ledger, epoch: 0, sid: '', generation: 0 })).toMatchObject({ sid: '' })
  })

  test('loses members that nobody knows, inside too', () => {
    const attempt = { ...ledger.attempt, refreshToken: 'r1' }
    expect(parseLedger({ ...ledger, attempt, accessToken: 'a1' })).toEqual(ledger)
  })

  test.each([
    ...each(['writtenAt', 'epoch', 'signedInAt', 'lastActivityAt', 'unauthorizedAt', 'signedOut.at'], wrong.number),
    ...each(['attempt.startedAt', 'attempt.expiresAt', 'attempt.retryAt', 'attempt.notBefore'], wrong.number),
    ...each(
      ['generation', 'activities', 'attempt.generation', 'attempt.number', 'attempt.failures', 'signedOut.generation'],
      wrong.count,
    ),
    ...each(['sid', 'attempt.key', 'attempt.by'], wrong.id),
    ...each(['signedOut.reason'], ['no-session', 'toString', '', 1, null]),
    ...each(['revocationPending'], [1, 'true', null]),
    ...each(['attempt', 'signedOut'], [null, [], 'x', {}]),
  ])('with a wrong %s is none', (path, values) => {
    for (const value of values) expect(parseLedger(changed(ledger, path.split('.'), value))).toBeUndefined()
  })
})

test('junk is nothing, or what it says it is', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const names = [
    ...new Set([...Object.keys(session), ...Object.keys(ledger), ...Object.keys(ledger.attempt ?? {}), 'reason', 'at']),
  ]
  const inputs = fc.oneof(
    junk,
    junkUnder(names, fc.oneof(junk, junkUnder(names))).map((members) => ({ ...session, ...members })),
    junkUnder(names, fc.oneof(junk, junkUnder(names))).map((members) => ({ ...ledger, ...members })),
  )
  let taken = 0
  fuzz(inputs, (input) => {
    for (const parsed of [parseStoredSession(input), parseLedger(input)]) {
      if (!parsed) continue
      taken++
      const unknown = Object.keys(parsed).filter((name) => !names.includes(name))
      expect([unknown, Object.getPrototypeOf(parsed)]).toEqual([[], Object.prototype])
    }
  })
  expect(taken).toBeGreaterThan(20)
  expect({}).not.toHaveProperty('polluted')
})

test('an object that throws when it is read is nothing', () => {
  const trap = () => {
    throw new Error('trapped')
  }
  const proxy = new Proxy({}, { get: trap, has: trap, ownKeys: trap, getOwnPropertyDescriptor: trap })
  expect(parseStoredSession(proxy)).toBeUndefined()
  expect(parseLedger(proxy)).toBeUndefined()
})
