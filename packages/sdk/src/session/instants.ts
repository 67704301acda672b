import { withInstants } from '../codec/stored.ts'
import type { Ledger, Session, Stored } from '../types.ts'
import { sameSession } from './merge.ts'
import { JUMP_MS } from './page-time.ts'

/*
 * Inside a page instants are in page time, which never runs backward. What leaves the page is in wall time, which all
 * pages of a machine share. The lag is how far page time is ahead: 0 until the wall clock is set back.
 */

/** `committedAt` is no instant of these, it only ever serves as an order. */
const shift = <T extends object>(record: T, deltaMs: number): T => withInstants(record, (at) => at + deltaMs)

/** Clocks drift: only what is well above that is a lag. */
const LAG_STEP_MS = 100

interface Clocks {
  now(): number
  wallNow(): number
  lagMs(): number
}

/** How far page time is ahead of the wall clock, because somebody set that back. */
export function lagMsOf(clock: Clocks): number {
  return Math.round(clock.lagMs() / LAG_STEP_MS) * LAG_STEP_MS
}

/** A record as it leaves the page. */
export function toStored<T extends Ledger | Session>(record: T, clock: Clocks): Stored<T> {
  return { ...shift(record, -lagMsOf(clock)), v: 1, writtenAt: clock.wallNow() }
}

/**
 * A record as it counts in this page. One from the future was written before the clock went back: in this page's time,
 * if it was there, or else it counts on from where it was, so that no limit is extended; but what this page has `known`
 * of that session all along is more than such a record can say. Nobody has signed in or been active later than now,
 * whatever a record says that anybody may have written.
 */
export function fromStored(record: Stored<Ledger>, clock: Clocks, known?: Ledger): Ledger
export function fromStored(record: Stored<Session>, clock: Clocks): Session
export function fromStored(
  { v: _, writtenAt, ...record }: Stored<Ledger | Session>,
  clock: Clocks,
  known?: Ledger,
): Ledger | Session {
  const lagMs = lagMsOf(clock)
  const wallNow = clock.wallNow()
  const now = clock.now()
  const arrived = shift(record, writtenAt <= wallNow ? lagMs : Math.min(0, wallNow + lagMs - writtenAt))
  // The clocks of two processes differ by fractions of a second: that is no reason to hear less of each other.
  if (known && writtenAt - wallNow > JUMP_MS && sameSession(known, record)) {
    const { signedInAt, activities, lastActivityAt } = known
    return { ...arrived, signedInAt, activities, lastActivityAt }
  }
  return {
    ...arrived,
    signedInAt: Math.min(arrived.signedInAt, now),
    lastActivityAt: Math.min(arrived.lastActivityAt, now),
  }
}
