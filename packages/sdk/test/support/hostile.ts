import type { TabMessage } from '../../src/codec/tab-message.ts'
import type { Ledger, Stored, StoredSession } from '../../src/types.ts'
import { aLedger, anAttempt, aSession, NOON } from './sessions.ts'

export const ledger: Stored<Ledger> = {
  ...aLedger({ attempt: anAttempt(), signedOut: { reason: 'user', at: NOON, generation: 1 } }),
  v: 1,
  writtenAt: NOON,
}
export const session: StoredSession = {
  ...aSession({ subject: 'amara', claims: { sub: 'amara' } }),
  v: 1,
  writtenAt: NOON,
}
export const message: TabMessage = { v: 1, type: 'state', from: 'tab', ledger, session }

const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)

function twice(): object {
  const self: Record<string, unknown> = {}
  self.left = self
  self.right = self
  return self
}

/** Each level holds the next one twice: small to write, endless to walk. */
function doubling(levels: number): object {
  let inner: object = { end: true }
  for (let level = 0; level < levels; level++) inner = { left: inner, right: inner }
  return inner
}

const HUGE = 'x'.repeat(5_000_000)
// Beyond what counting on from would be exact, or what there was time for; and an instant that no Date has.
const COUNTS = [
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  2 * NOON,
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '1',
  1n,
  null,
]
const INSTANTS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 8.65e15, -8.65e15, '0', null, {}]
const IDS = [HUGE, 'a\nb', 'a\r\nX-Evil: 1', '\0', 'snow☃', 7, null, {}, ['id']]
const TOKENS = ['', 'a b', 'a\r\nX-Evil: 1', HUGE, 'snow☃', 7, null, {}, ['token']]
const CLAIMS = [
  ...['sub', ['sub'], 7, null, nested(5_000), twice(), doubling(31), { sub: HUGE }, { [HUGE]: 1 }],
  { roles: new Uint8Array(5_000_000) },
  { roles: new Array(100_000).fill('nurse') },
]

type Corpus = Array<[name: string, value: unknown]>

function spoilt<T extends object>(record: T, member: keyof T & string, values: readonly unknown[]): Corpus {
  return values.map((value, index) => [`${member} #${index}`, { ...record, [member]: value }])
}

export const hostileSessions: Corpus = [
  ...spoilt(session, 'v', [0, 2, '1', null, undefined]),
  ...spoilt(session, 'epoch', COUNTS),
  ...spoilt(session, 'generation', COUNTS),
  ...spoilt(session, 'sid', IDS),
  ...spoilt(session, 'commitId', IDS),
  ...spoilt(session, 'accessToken', TOKENS),
  ...spoilt(session, 'refreshToken', TOKENS),
  ...spoilt(session, 'accessExpiresAt', INSTANTS),
  ...spoilt(session, 'refreshAt', INSTANTS),
  ...spoilt(session, 'writtenAt', INSTANTS),
  ...spoilt(session, 'subject', [HUGE, 7, null, {}]),
  ...spoilt(session, 'claims', CLAIMS),
]

export const hostileLedgers: Corpus = [
  ...spoilt(ledger, 'v', [0, 2, '1', null, undefined]),
  ...spoilt(ledger, 'epoch', COUNTS),
  ...spoilt(ledger, 'generation', COUNTS),
  ...spoilt(ledger, 'sid', IDS),
  ...spoilt(ledger, 'signedInAt', INSTANTS),
  ...spoilt(ledger, 'lastActivityAt', INSTANTS),
  ...spoilt(ledger, 'writtenAt', INSTANTS),
  ...spoilt(ledger, 'revocationPending', ['true', 1, null]),
  ...spoilt(ledger, 'signedOut', [
    ...[null, 'user', [], {}, { ...ledger.signedOut, reason: 'no-session' }],
    ...[
      { ...ledger.signedOut, reason: '__proto__' },
      { ...ledger.signedOut, generation: Number.MAX_SAFE_INTEGER },
    ],
  ]),
  ...spoilt(ledger, 'attempt', [
    ...[null, 'attempt', [], {}],
    ...spoilt(anAttempt(), 'key', IDS).map(([, attempt]) => attempt),
    ...spoilt(anAttempt(), 'number', COUNTS).map(([, attempt]) => attempt),
    ...spoilt(anAttempt(), 'notBefore', INSTANTS).map(([, attempt]) => attempt),
  ]),
]

/** What is no record at all. */
export const hostileValues: Corpus = [
  ...[undefined, null, 0, Number.NaN, true, '', HUGE, 1n, [], {}, new Date(0), new Map(), new Uint8Array(9)].map(
    (value, index): [string, unknown] => [`value #${index}`, value],
  ),
  ['deep', nested(5_000)],
  ['endless', twice()],
  ['doubling', doubling(31)],
  ['a prototype of its own', JSON.parse('{"__proto__":{"v":1,"polluted":true}}')],
  ['a constructor of its own', JSON.parse('{"constructor":{"prototype":{"polluted":true}},"v":1}')],
]

/** What comes over the channel, from a script that means harm or from a version that nobody knows. */
export const hostileMessages: Corpus = [
  ...hostileValues,
  ...spoilt(message, 'v', [0, 2, '1', null, undefined]),
  ...spoilt(message, 'type', ['', 'STATE', 'eval', '__proto__', 'constructor', 7, null, ['state'], HUGE]),
  ...spoilt(message, 'from', IDS),
  ...spoilt(message, 'question', IDS),
  ...spoilt(message, 'asleep', ['true', 1, null]),
  ...hostileSessions.map(([name, value]): [string, unknown] => [`session: ${name}`, { ...message, session: value }]),
  ...hostileLedgers.map(([name, value]): [string, unknown] => [`ledger: ${name}`, { ...message, ledger: value }]),
]
