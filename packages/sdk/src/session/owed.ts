import { MOST_OWED } from '../codec/stored-ledger.ts'
import type { Owed, Session } from '../types.ts'

type Name = Pick<Owed, 'epoch' | 'sid'>

const isSame = (a: Name, b: Name) => a.epoch === b.epoch && a.sid === b.sid

/** Newer sign-ins first; of one session, what is settled, and `told` above `lost`. */
function compare(a: Owed, b: Owed): number {
  const rank = ({ settled, sessionId = '' }: Owed) => `${settled ?? ''} ${sessionId}`
  if (a.epoch !== b.epoch) return b.epoch - a.epoch
  if (a.sid !== b.sid) return a.sid < b.sid ? 1 : -1
  return rank(a) < rank(b) ? 1 : -1
}

/** All that either knows of; `a` itself where `b` knows of no more. */
export function joinOwed(a: readonly Owed[] = [], b: readonly Owed[] = []): readonly Owed[] {
  const all = [...a, ...b].sort(compare)
  const joined = all.filter((owed, at) => all.findIndex((other) => isSame(owed, other)) === at).slice(0, MOST_OWED)
  return JSON.stringify(joined) === JSON.stringify(a) ? a : joined
}

export function findOwed(owed: readonly Owed[] = [], of: Name): Owed | undefined {
  return owed.find((each) => isSame(each, of))
}

/** Those that the endpoint is still to be told of. */
export function openOf(owed: readonly Owed[] = []): readonly Owed[] {
  return owed.filter(({ settled }) => !settled)
}

/** The sessions before, where the server goes on with one under its name: its end would be that of the new one. */
export function settleGoingOn(owed: readonly Owed[], { sessionId }: Pick<Session, 'sessionId'>): readonly Owed[] {
  return owed.map((each) =>
    sessionId !== undefined && each.sessionId === sessionId ? { ...each, settled: 'told' } : each,
  )
}
