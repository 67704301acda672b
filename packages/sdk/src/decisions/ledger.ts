import type { Ledger, Session } from '../types.ts'
import { endedOf } from './revocation.ts'

/** A page that knows of no sign-in keeps its books under this one, which every real sign-in is later than. */
export function unknownSession(now: number): Ledger {
  return { epoch: 0, sid: '', generation: 0, signedInAt: now, activities: 0, lastActivityAt: now }
}

/** The ledger of a session that begins. */
export function newLedger(session: Session, now: number): Ledger {
  const { generation, serverClock } = session
  return { ...unknownSession(now), ...endedOf(session), generation, ...(serverClock && { serverClock }) }
}
