import type { Ledger, Session } from '../types.ts'
import { authenticated } from './authentication.ts'
import { endedOf } from './revocation.ts'

/** The ledger of a session that begins now, before its first tokens have come. */
export function emptyLedger(epoch: number, sid: string, now: number): Ledger {
  return { epoch, sid, generation: 0, signedInAt: now, activities: 0, lastActivityAt: now }
}

/** A page that knows of no sign-in keeps its books under this one, which every real sign-in is later than. */
export function unknownSession(now: number): Ledger {
  return emptyLedger(0, '', now)
}

/** As much of a ledger as the tokens of its session tell. */
export function ledgerOf(session: Session): Ledger {
  const { generation, signedInAt, activities, lastActivityAt, serverClock } = session
  const ledger = { ...endedOf(session), generation, signedInAt, activities, lastActivityAt }
  return serverClock ? { ...ledger, serverClock } : ledger
}

/** The ledger of a session that begins with these tokens. */
export function newLedger(session: Session): Ledger {
  return { ...ledgerOf(session), ...authenticated(session) }
}
