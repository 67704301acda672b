import { defined } from '../codec/json.ts'
import type { Attempt, Ledger, ServerClock, Session, SessionEnd } from '../types.ts'
import type { Authentication } from './authentication.ts'
import { joinLogins } from './logins.ts'
import { joinOwed } from './owed.ts'

/*
 * Two replicas of one session are joined by a total order, so the join is commutative, associative and idempotent by
 * construction: whatever the order of messages, all pages settle on the same session.
 */

type Key = number | string | undefined

/** Compares two tuples of keys from left to right; an absent key is below every other. */
function compareKeys(a: readonly Key[], b: readonly Key[]): number {
  for (let i = 0; i < a.length; i++) {
    const x = a[i]
    const y = b[i]
    if (x === y) continue
    if (x === undefined) return -1
    if (y === undefined) return 1
    return x < y ? -1 : 1
  }
  return 0
}

function greater<T>(a: T, b: T, keys: (value: T) => Key[]): T {
  return compareKeys(keys(a), keys(b)) < 0 ? b : a
}

/** The same where either may be missing. */
function greaterOf<T>(a: T | undefined, b: T | undefined, keys: (value: T) => Key[]): T | undefined {
  return a === undefined || b === undefined ? (a ?? b) : greater(a, b, keys)
}

/** Ended by rejection: only the generation that was rejected is dead. */
export function isRejected(end: SessionEnd): boolean {
  return end.reason.startsWith('refresh-')
}

/**
 * Where a ledger stands within its session. The end by user or limit is above every generation; a rejected refresh is
 * above the generation it spent and below the next one, so that a loser never signs out a winner.
 */
function rank({ generation, signedOut }: Ledger): number {
  if (!signedOut) return generation
  return isRejected(signedOut) ? signedOut.generation + 0.5 : Number.POSITIVE_INFINITY
}

const ledgerKeys = (ledger: Ledger): Key[] => [
  ledger.epoch,
  ledger.sid,
  rank(ledger),
  ledger.generation,
  // Told at last is newer than still to be told.
  ledger.revocationPending === undefined ? 0 : ledger.revocationPending ? 1 : 2,
  ledger.revocationStopped,
  ledger.signedOut?.at,
  ledger.signedOut?.reason,
]

/** How far a ledger is, apart from instants, which the clocks of two pages may tell differently. */
const PROGRESS_KEYS = 5

/** Whether what is there has to be told how far the session is: of a generation or an end, and not just of activity. */
export function isBehind(there: Ledger | undefined, known: Ledger): boolean {
  return !there || compareKeys(ledgerKeys(there).slice(0, PROGRESS_KEYS), ledgerKeys(known).slice(0, PROGRESS_KEYS)) < 0
}

const sessionKeys = (session: Session): Key[] => [
  session.epoch,
  session.sid,
  session.generation,
  session.committedAt,
  session.commitId,
]

const attemptKeys = (attempt: Attempt): Key[] => [
  attempt.generation,
  attempt.number,
  attempt.failures,
  -attempt.expiresAt,
  attempt.key,
  attempt.by,
]

const clockKeys = ({ generation, time, at, exp, lifetimeMs }: ServerClock): Key[] => [
  generation,
  exp,
  time,
  at,
  lifetimeMs,
]

// A record from before the clock was set back may seem later than it was: of the same activity the earlier instant counts.
const activityKeys = ({ activities, lastActivityAt }: Ledger): Key[] => [activities, -lastActivityAt]

const authenticationKeys = ({ at, sid }: Authentication): Key[] => [at, sid]

interface Identity {
  epoch: number
  sid: string
}

/**
 * The name of a new sign-in. Of two at once the later one counts, on all pages: its cookie has replaced the other's. The
 * time goes first and has one length, so that names are in its order.
 */
export function newSid(wallNow: number, id: string): string {
  return `${Math.max(0, wallNow).toString(36).padStart(9, '0')}-${id}`
}

/** Whether both belong to one sign-in. */
export function sameSession(a: Identity | undefined, b: Identity | undefined): boolean {
  return a !== undefined && b !== undefined && a.epoch === b.epoch && a.sid === b.sid
}

export function joinLedgers(a: Ledger | undefined, b: Ledger | undefined): Ledger | undefined {
  if (!a || !b || a === b) return a ?? b
  const top = greater(a, b, ledgerKeys)
  const other = top === a ? b : a
  // What was seen outlives the session in which it was.
  const logins = other.logins ? joinLogins(top.logins, other.logins) : top.logins
  if (!sameSession(top, other)) return logins === top.logins ? top : defined({ ...top, logins })
  const { activities, lastActivityAt } = greater(a, b, activityKeys)
  const signedInAt = Math.min(a.signedInAt, b.signedInAt)
  const parts = {
    attempt: greaterOf(a.attempt, b.attempt, attemptKeys),
    authentication: greaterOf(a.authentication, b.authentication, authenticationKeys),
    owed: other.owed ? joinOwed(top.owed, other.owed) : top.owed,
    serverClock: greaterOf(a.serverClock, b.serverClock, clockKeys),
    logins,
    unauthorizedAt: greaterOf(a.unauthorizedAt, b.unauthorizedAt, (at) => [at]),
  }
  const isTop = top.activities === activities && top.lastActivityAt === lastActivityAt && top.signedInAt === signedInAt
  const names = Object.keys(parts) as (keyof typeof parts)[]
  if (isTop && names.every((name) => parts[name] === top[name])) return top
  return defined({ ...top, activities, lastActivityAt, signedInAt, ...parts })
}

export function joinSessions(a: Session | undefined, b: Session | undefined): Session | undefined {
  return greaterOf(a, b, sessionKeys)
}

/** Whether the session's access token may be used: it is of the ledger's sign-in, and that has not ended. */
export function isLive(ledger: Ledger | undefined, session: Session | undefined): session is Session {
  return sameSession(ledger, session) && !ledger?.signedOut
}

/** Whether its refresh token is still unspent, as far as is known. */
export function isCurrent(ledger: Ledger | undefined, session: Session | undefined): session is Session {
  return isLive(ledger, session) && session.generation >= (ledger?.generation ?? 0)
}
