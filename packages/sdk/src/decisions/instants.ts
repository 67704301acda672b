import type { Attempt, Ledger, Session } from '../types.ts'
import type { Stored } from './stored.ts'

/*
 * Inside a page instants are in page time, which never runs backward. What leaves the page is in wall time, which all
 * pages of a machine share. The lag is how far page time is ahead: 0 until the wall clock is set back.
 */

function shift<T extends object, K extends keyof T>(record: T, keys: readonly K[], deltaMs: number): T {
  const shifted = { ...record }
  for (const key of keys) {
    const value = shifted[key]
    if (typeof value === 'number') Object.assign(shifted, { [key]: value + deltaMs })
  }
  return shifted
}

const shiftAttempt = (attempt: Attempt, deltaMs: number): Attempt =>
  shift(attempt, ['startedAt', 'expiresAt', 'retryAt', 'notBefore'], deltaMs)

export function shiftSession<T extends Session>(session: T, deltaMs: number): T {
  return deltaMs
    ? shift(
        session,
        ['signedInAt', 'lastActivityAt', 'accessIssuedAt', 'accessExpiresAt', 'refreshAt', 'refreshExpiresAt'],
        deltaMs,
      )
    : session
}

export function shiftLedger<T extends Ledger>(ledger: T, deltaMs: number): T {
  if (!deltaMs) return ledger
  const shifted = shift(ledger, ['signedInAt', 'lastActivityAt'], deltaMs)
  if (ledger.attempt) shifted.attempt = shiftAttempt(ledger.attempt, deltaMs)
  if (ledger.signedOut) shifted.signedOut = shift(ledger.signedOut, ['at'], deltaMs)
  return shifted
}

/** Clocks are read one after the other, and drift: only what is well above that is a lag. */
const LAG_STEP_MS = 100

interface Clocks {
  now(): number
  wallNow(): number
}

/** How far page time is ahead of the wall clock, because somebody set that back. */
export function lagMsOf(clock: Clocks): number {
  const now = clock.now()
  return Math.round((now - clock.wallNow()) / LAG_STEP_MS) * LAG_STEP_MS
}

/**
 * What to add to the instants of a record that was written at `writtenAt`. One from the future was written before the
 * clock went back: in this page's time, if it was there, or else it counts on from where it was, so that no limit is
 * extended.
 */
export function arrivalShift(writtenAt: number, wallNow: number, lagMs: number): number {
  return writtenAt <= wallNow ? lagMs : Math.min(0, wallNow + lagMs - writtenAt)
}

/** Nobody has signed in or been active later than now, whatever a record says that anybody may have written. */
function notAhead<T extends Ledger | Session>(record: T, now: number): T {
  const { signedInAt, lastActivityAt } = record
  if (signedInAt <= now && lastActivityAt <= now) return record
  return { ...record, signedInAt: Math.min(signedInAt, now), lastActivityAt: Math.min(lastActivityAt, now) }
}

/** A ledger that comes from outside this page, in the time of this page. */
export function arrivedLedger({ v: _, writtenAt, ...ledger }: Stored<Ledger>, clock: Clocks): Ledger {
  const shifted = shiftLedger(ledger, arrivalShift(writtenAt, clock.wallNow(), lagMsOf(clock)))
  return notAhead(shifted, clock.now())
}

/** A session that comes from outside this page, in the time of this page. */
export function arrivedSession({ v: _, writtenAt, ...session }: Stored<Session>, clock: Clocks): Session {
  const shifted = shiftSession(session, arrivalShift(writtenAt, clock.wallNow(), lagMsOf(clock)))
  return notAhead(shifted, clock.now())
}
