import { invalidOption, is, numberFrom, type Rule, textLike } from './rules.ts'

/** What is stored is in wall time, and says when it was written. */
export type Stored<T> = T & { v: 1; writtenAt: number }

/** The last instant that a `Date` can hold. */
const MAX_INSTANT = 8.64e15

export const instant = numberFrom(-MAX_INSTANT, MAX_INSTANT)
/** One refresh a second for thirty years; beyond that counting on would come to numbers that are no integers. */
const MAX_COUNT = 1e9
export const count = is(
  'a count',
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_COUNT,
)
/** Its length keeps a record that someone else wrote from filling the memory; all of it fits into a header. */
export const id = textLike(/^[ -~]{0,200}$/)
export const text = is('a text', (value) => typeof value === 'string' && value.length <= MAX_TEXT)

/** As much as a token may have, which a subject comes from. */
const MAX_TEXT = 65_536

/** Page time and wall time are told apart in steps. */
const SLACK_MS = 1_000

interface Standing {
  signedInAt: number
  activities: number
  lastActivityAt: number
  writtenAt: number
  generation: number
  attempt?: { generation: number }
  signedOut?: { generation: number }
}

/**
 * What has happened had happened when it was written; else a record could put off an idle sign-out at each reading. And
 * there was time for it: a refresh takes an answer, and an instant has one activity. Counting on from what nobody can
 * have counted, a page would come to numbers that the others take for none, and they would hear of no sign-out.
 */
export function withoutFuture<T extends Standing>(record: T): T {
  const { writtenAt, lastActivityAt, activities, generation, attempt = record, signedOut = record } = record
  const past = (at: number) => (at > writtenAt + SLACK_MS ? writtenAt : at)
  const signedInAt = past(record.signedInAt)
  const counted = Math.max(activities, generation, attempt.generation, signedOut.generation)
  if (counted > writtenAt - signedInAt + SLACK_MS) throw invalidOption('counts', 'what there was time for')
  return { ...record, signedInAt, lastActivityAt: past(lastActivityAt) }
}

/** What was stored, if it follows the rule; anything else is as good as nothing. */
export function readStored<T>(rule: Rule<T>, value: unknown): T | undefined {
  try {
    return rule(value, '')
  } catch {
    return undefined
  }
}
