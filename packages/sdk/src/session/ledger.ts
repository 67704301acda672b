import type { Ledger, Session } from '../types.ts'
import { authenticated } from './authentication.ts'
import { endedOf } from './revocation.ts'

/** A page that knows of no sign-in keeps its books under this one, which every real sign-in is later than. */
export function unknownSession(now: number): Ledger {
  return { epoch: 0, sid: '', generation: 0, signedInAt: now, activities: 0, lastActivityAt: now }
}

/** The ledger of a session that begins. */
export function newLedger(session: Session): Ledger {
  const { generation, serverClock, signedInAt, activities, lastActivityAt } = session
  const activity = { generation, signedInAt, activities, lastActivityAt }
  return { ...endedOf(session), ...activity, ...(serverClock && { serverClock }), ...authenticated(session) }
}
