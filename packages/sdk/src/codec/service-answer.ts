import { TokenManagerError } from '../errors.ts'
import { isRecord, type Json, membersOf } from './json.ts'

/** What the session service says of an access token. */
export interface TokenValidation {
  isValid: boolean
  isExpired: boolean
  /** It is invalid, or so close to its end that it should be replaced. */
  needsRefresh: boolean
  /** Epoch milliseconds of the service's clock; absent for a token that is not the service's own. */
  expiresAt?: number
  /** 0 once it has expired. */
  timeUntilExpiryMs: number
  userId?: string
}

/** The answer to an `auto-refresh` that had nothing to do: the access token is good for a while. */
export interface RefreshNotDue {
  kind: 'not-due'
  /** Epoch milliseconds of the service's clock. */
  expiresAt: number
  timeUntilExpiryMs: number
}

/** One session of a user, on whatever device. Instants are epoch milliseconds of the service's clock. */
export interface ServiceSession {
  sessionId: string
  createdAt: number
  lastUsedAt: number
  expiresAt: number
  /** It is the one that asked. */
  current: boolean
}

export interface SessionStats {
  userId: string
  activeSessions: number
  maxConcurrentSessions: number
  /** Epoch milliseconds of the service's clock; absent where there is no session. */
  lastUsedAt?: number
  sessions: readonly ServiceSession[]
}

export interface ServiceHealth {
  isHealthy: boolean
  /** In the service's own words, such as `ok`. */
  status: string
}

function invalid(problem: string): TokenManagerError {
  return new TokenManagerError('invalid_response', `session service: ${problem}`)
}

/** The message names the member and never shows its value. */
function read<T>(json: Json, name: string, isRight: (value: unknown) => value is T): T {
  const value = json[name]
  if (isRight(value)) return value
  throw invalid(`${name} is missing or wrong`)
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isList = (value: unknown): value is unknown[] => Array.isArray(value)

function readOptional<T>(json: Json, name: string, isRight: (value: unknown) => value is T): { [name: string]: T } {
  return json[name] == null ? {} : { [name]: read(json, name, isRight) }
}

/** What is in the envelope `{ success: true, data }`. @throws TokenManagerError `invalid_response` */
export function serviceData(answer: unknown): Json {
  const envelope = membersOf(answer)
  if (envelope?.success !== true) throw invalid('success is not true')
  const data = membersOf(envelope.data)
  if (!data) throw invalid('no data')
  return data
}

/** @throws TokenManagerError `invalid_response` */
export function readValidation(data: Json): TokenValidation {
  return {
    isValid: read(data, 'isValid', isFlag),
    isExpired: read(data, 'isExpired', isFlag),
    needsRefresh: read(data, 'needsRefresh', isFlag),
    timeUntilExpiryMs: read(data, 'timeUntilExpiry', isNumber),
    ...readOptional(data, 'expiresAt', isNumber),
    ...readOptional(data, 'userId', isText),
  }
}

/** Undefined where there was something to do. @throws TokenManagerError `invalid_response` */
export function readNotDue(data: Json): RefreshNotDue | undefined {
  if (data.refreshed !== false) return undefined
  return {
    kind: 'not-due',
    expiresAt: read(data, 'expiresAt', isNumber),
    timeUntilExpiryMs: read(data, 'timeUntilExpiry', isNumber),
  }
}

function readSession(value: unknown): ServiceSession {
  const session = membersOf(value)
  if (!session) throw invalid('a session is no object')
  return {
    sessionId: read(session, 'sessionId', isText),
    createdAt: read(session, 'createdAt', isNumber),
    lastUsedAt: read(session, 'lastUsedAt', isNumber),
    expiresAt: read(session, 'expiresAt', isNumber),
    current: read(session, 'current', isFlag),
  }
}

/** @throws TokenManagerError `invalid_response` */
export function readStats(data: Json): SessionStats {
  return {
    userId: read(data, 'userId', isText),
    activeSessions: read(data, 'activeSessions', isNumber),
    maxConcurrentSessions: read(data, 'maxConcurrentSessions', isNumber),
    ...readOptional(data, 'lastUsedAt', isNumber),
    sessions: read(data, 'sessions', isList).map(readSession),
  }
}

/** A service that is not well says so itself, with `success: false`. @throws TokenManagerError `invalid_response` */
export function readHealth(answer: unknown): ServiceHealth {
  const data = isRecord(answer) ? membersOf(answer.data) : undefined
  if (!data || !isRecord(answer)) throw invalid('no data')
  return { isHealthy: read(answer, 'success', isFlag), status: read(data, 'status', isText) }
}
