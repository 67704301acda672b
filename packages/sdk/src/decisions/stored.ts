import { is, numberFrom, type Rule, textLike } from './rules.ts'

/** What is stored is in wall time, and says when it was written. */
export type Stored<T> = T & { v: 1; writtenAt: number }

/** The last instant that a `Date` can hold. */
const MAX_INSTANT = 8.64e15

export const instant = numberFrom(-MAX_INSTANT, MAX_INSTANT)
export const count = is('a count', (value) => Number.isSafeInteger(value) && Number(value) >= 0)
/** Its length keeps a record that someone else wrote from filling the memory. */
export const id = textLike(/^.{0,200}$/)

/** What was stored, if it follows the rule; anything else is as good as nothing. */
export function readStored<T>(rule: Rule<T>, value: unknown): T | undefined {
  try {
    return rule(value, '')
  } catch {
    return undefined
  }
}
