import type { Session } from '../types.ts'
import { isClaims } from './json.ts'
import { is, oneOf, record, typeOf } from './rules.ts'
import { count, id, instant, readStored, type Stored } from './stored.ts'
import { isToken } from './token-response.ts'

const token = is('a token', isToken)

export const storedSession = record<Stored<Session>>({
  v: oneOf(1),
  writtenAt: instant,
  epoch: instant,
  sid: id,
  generation: count,
  committedAt: instant,
  commitId: id,
  signedInAt: instant,
  lastActivityAt: instant,
  'subject?': typeOf('string'),
  'claims?': is('claims', isClaims),
  'accessToken?': token,
  accessIssuedAt: instant,
  accessExpiresAt: instant,
  refreshAt: instant,
  'refreshToken?': token,
  'refreshExpiresAt?': instant,
})

/** What a store gave, if it is a session. */
export function parseStoredSession(value: unknown): Stored<Session> | undefined {
  return readStored(storedSession, value)
}
