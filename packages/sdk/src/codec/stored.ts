import type { ServerClock } from '../types.ts'
import { invalidOption, is, numberFrom, type Rule, record, textLike } from './schema.ts'

/** The last instant that a `Date` can hold. */
const MAX_INSTANT = 8.64e15

export const instant = numberFrom(-MAX_INSTANT, MAX_INSTANT)
export const count = is('a count', (value) => Number.isSafeInteger(value) && Number(value) >= 0)
/** Its length keeps a record that someone else wrote from filling the memory; all of it fits into a header. */
export const id = textLike(/^[ -~]{0,200}$/)
export const text = is('a text', (value) => typeof value === 'string' && value.length <= MAX_TEXT)

export const serverClock = record<ServerClock>({
  generation: count,
  time: instant,
  at: instant,
  exp: instant,
  lifetimeMs: numberFrom(0),
})

/** As much as a token may have, which a subject comes from. */
const MAX_TEXT = 65_536

/** Page time and wall time are told apart in steps. */
const SLACK_MS = 1_000

/** Nothing that is recorded lies further away, or its instants could leave what a `Date` can hold when clocks change. */
const CENTURY_MS = 3.2e12

/** The members that are instants. */
const INSTANTS: readonly string[] = [
  ...['accessIssuedAt', 'accessExpiresAt', 'refreshAt', 'refreshExpiresAt'],
  ...['signedInAt', 'lastActivityAt', 'startedAt', 'expiresAt', 'retryAt', 'notBefore', 'unauthorizedAt', 'at'],
]
/** The members that have such members themselves. */
const PARTS: readonly string[] = ['attempt', 'signedOut', 'serverClock']

/** A record with other instants; the same one where they stay as they are. */
export function withInstants<T extends object>(record: T, change: (at: number) => number): T {
  const changed: Partial<T> = {}
  for (const [name, value] of Object.entries(record)) {
    const other = INSTANTS.includes(name) ? change(value) : PARTS.includes(name) ? withInstants(value, change) : value
    if (other !== value) Object.assign(changed, { [name]: other })
  }
  return Object.keys(changed).length > 0 ? { ...record, ...changed } : record
}

interface Progress {
  epoch: number
  signedInAt: number
  activities: number
  lastActivityAt: number
  writtenAt: number
  generation: number
  attempt?: { generation: number; number: number; failures: number }
  signedOut?: { generation: number }
  serverClock?: { generation: number }
  unauthorizedAt?: number
}

function countedIn({ activities, generation, attempt, signedOut, serverClock }: Progress): number {
  const { number = 0, failures = 0 } = attempt ?? {}
  const generations = [attempt, signedOut, serverClock].map((part) => part?.generation ?? 0)
  return Math.max(activities, generation, number, failures, ...generations)
}

/**
 * What has happened had happened when it was written; else a record could put off an idle sign-out at each reading. And
 * there was time for it: a refresh takes an answer, and an instant has one activity. Counting on from what nobody can
 * have counted, a page would come to numbers that the others take for none, and they would hear of no sign-out.
 */
export function clampFuture<T extends Progress>(given: T): T {
  const { writtenAt } = given
  const nearby = (at: number) => Math.min(Math.max(at, writtenAt - CENTURY_MS), writtenAt + CENTURY_MS)
  const past = (at: number) => (at > writtenAt + SLACK_MS ? writtenAt : at)
  const record = withInstants(given, nearby)
  const { unauthorizedAt } = record
  const signedInAt = past(record.signedInAt)
  if (countedIn(record) > writtenAt - signedInAt + SLACK_MS) throw invalidOption('counts', 'what there was time for')
  return {
    ...record,
    signedInAt,
    lastActivityAt: past(record.lastActivityAt),
    ...(unauthorizedAt !== undefined && { unauthorizedAt: past(unauthorizedAt) }),
  }
}

/** Nobody comes to count so far; a page whose clock stands in 1970 has this much room. */
const MOST = 1e9

/**
 * A forged number must leave room for the next one, which no fixed limit does. Time does: nothing is counted more often
 * than once a millisecond, so by the time of the next sign-in or refresh a higher number is allowed.
 */
export function isTimely(record: Progress, wallNow: number): boolean {
  return Math.max(record.epoch, countedIn(record)) <= Math.max(MOST, wallNow)
}

/** What was stored, if it follows the rule; anything else is as good as nothing. */
export function readStored<T>(rule: Rule<T>, value: unknown, isTimely = (_: T) => true): T | undefined {
  try {
    const record = rule(value, '')
    return isTimely(record) ? record : undefined
  } catch {
    return undefined
  }
}
