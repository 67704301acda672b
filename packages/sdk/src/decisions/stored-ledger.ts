import type { Attempt, Ledger, SessionEnd } from '../types.ts'
import { oneOf, record, typeOf } from './rules.ts'
import { count, id, instant, readStored, type Stored } from './stored.ts'

export const storedLedger = record<Stored<Ledger>>({
  v: oneOf(1),
  writtenAt: instant,
  epoch: instant,
  sid: id,
  generation: count,
  signedInAt: instant,
  lastActivityAt: instant,
  'attempt?': record<Attempt>({
    key: id,
    generation: count,
    by: id,
    number: count,
    startedAt: instant,
    expiresAt: instant,
    failures: count,
    'repeats?': typeOf('boolean'),
    'retryAt?': instant,
    'notBefore?': instant,
  }),
  'signedOut?': record<SessionEnd>({
    reason: oneOf('user', 'refresh-rejected', 'refresh-expired', 'idle', 'session-limit'),
    at: instant,
    generation: count,
  }),
  'revocationPending?': typeOf('boolean'),
})

/** What the ledger's storage gave, if it is a ledger. */
export function parseLedger(value: unknown): Stored<Ledger> | undefined {
  return readStored(storedLedger, value)
}
