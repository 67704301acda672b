import type { Session, Stored } from '../types.ts'
import { isClaims } from './json.ts'
import { is, isToken, oneOf, type Rule, record } from './schema.ts'
import { clampFuture, count, id, instant, isTimely, readStored, serverClock, text } from './stored.ts'

export const token = is('a token', isToken)
export const claims = is('claims', isClaims)

const sessionRecord = record<Stored<Session>>({
  v: oneOf(1),
  writtenAt: instant,
  epoch: count,
  sid: id,
  generation: count,
  committedAt: instant,
  commitId: id,
  signedInAt: instant,
  activities: count,
  lastActivityAt: instant,
  'sessionId?': id,
  'subject?': text,
  'claims?': claims,
  'accessToken?': token,
  accessIssuedAt: instant,
  accessExpiresAt: instant,
  refreshAt: instant,
  'refreshToken?': token,
  'refreshExpiresAt?': instant,
  'serverClock?': serverClock,
})

export const storedSession: Rule<Stored<Session>> = (value, path) => clampFuture(sessionRecord(value, path))

/** What a store gave, if it is a session. */
export function parseStoredSession(value: unknown, wallNow: number): Stored<Session> | undefined {
  return readStored(storedSession, value, (session) => isTimely(session, wallNow))
}
