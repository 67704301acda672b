import type { Attempt, Ledger, Owed, SessionEnd, Stored } from '../types.ts'
import { arrayOf, invalidOption, numberFrom, oneOf, type Rule, record, textLike, typeOf } from './schema.ts'
import { clampFuture, count, id, instant, isTimely, readStored, serverClock } from './stored.ts'

/** More sign-ins are forgotten, the oldest first: the ledger is a short record. */
export const MOST_LOGINS = 12

/** As many sessions are told of at once, the newest. */
export const MOST_OWED = 8

const login = textLike(/^\d{1,10}\.[a-z\d]{1,14}$/)
const shortListOf =
  (rule: Rule, most: number): Rule =>
  (value, path) => {
    if (Array.isArray(value) && value.length > most) throw invalidOption(path, 'a short list')
    return arrayOf(rule)(value, path)
  }
const logins = shortListOf(login, MOST_LOGINS)
const owed = shortListOf(
  record<Owed>({ epoch: count, sid: id, 'sessionId?': id, 'settled?': oneOf('told', 'lost') }),
  MOST_OWED,
)

const END_REASONS = ['user', 'refresh-rejected', 'refresh-expired', 'idle', 'session-limit'] as const
type Unlisted = Exclude<SessionEnd['reason'], (typeof END_REASONS)[number]>
/** The compiler names a reason that is not listed: no tab would read a sign-out with it, and the session would come back. */
const endReasons = END_REASONS satisfies [Unlisted] extends [never] ? readonly string[] : Unlisted

const ledgerRecord = record<Stored<Ledger>>({
  v: oneOf(1),
  writtenAt: instant,
  epoch: count,
  sid: id,
  generation: count,
  signedInAt: instant,
  activities: count,
  lastActivityAt: instant,
  'attempt?': record<Attempt>({
    key: id,
    generation: count,
    by: id,
    number: count,
    startedAt: instant,
    expiresAt: instant,
    failures: count,
    'marker?': id,
    'repeats?': typeOf('boolean'),
    'short?': count,
    'retryAt?': instant,
    'notBefore?': instant,
  }),
  'signedOut?': record<SessionEnd>({
    reason: oneOf(...endReasons),
    at: instant,
    generation: count,
  }),
  'revocationPending?': typeOf('boolean'),
  'revocationStopped?': oneOf('held', 'lost'),
  'sessionId?': id,
  'owed?': owed,
  'serverClock?': serverClock,
  'logins?': logins,
  'authentication?': record<NonNullable<Ledger['authentication']>>({ 'at?': numberFrom(0), 'sid?': id }),
  'unauthorizedAt?': instant,
})

/** Nobody is kept waiting longer by what another page wrote. */
const LONGEST_WAIT_MS = 3_600_000

/** Nothing that is waited for lies far ahead: a record from nowhere could keep a session from being refreshed for ever. */
function clampDeadlines(attempt: Attempt, writtenAt: number): Attempt {
  const soon = (at: number) => Math.min(at, writtenAt + LONGEST_WAIT_MS)
  const { expiresAt, retryAt, notBefore } = attempt
  return {
    ...attempt,
    expiresAt: soon(expiresAt),
    ...(retryAt !== undefined && { retryAt: soon(retryAt) }),
    ...(notBefore !== undefined && { notBefore: soon(notBefore) }),
  }
}

export const storedLedger: Rule<Stored<Ledger>> = (value, path) => {
  const ledger = clampFuture(ledgerRecord(value, path))
  return ledger.attempt ? { ...ledger, attempt: clampDeadlines(ledger.attempt, ledger.writtenAt) } : ledger
}

/** What the ledger's storage gave, if it is a ledger. */
export function parseLedger(value: unknown, wallNow: number): Stored<Ledger> | undefined {
  return readStored(storedLedger, value, (ledger) => isTimely(ledger, wallNow))
}
