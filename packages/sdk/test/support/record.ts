import type { StoredSession } from '../../src/types.ts'

/** A session as a store is given it. */
export function record(members: Partial<StoredSession> = {}): StoredSession {
  return {
    v: 1,
    writtenAt: 0,
    epoch: 1,
    sid: 's1',
    generation: 1,
    committedAt: 0,
    commitId: 'c1',
    signedInAt: 0,
    activities: 0,
    lastActivityAt: 0,
    accessIssuedAt: 0,
    accessExpiresAt: 900_000,
    refreshAt: 780_000,
    ...members,
  }
}
