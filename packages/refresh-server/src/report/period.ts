import type { Period } from '../audit/trail.ts'
import { DAY_MS } from '../duration.ts'

const DAYS = { daily: 1, weekly: 7, monthly: 30 } as const

export type PeriodName = keyof typeof DAYS

export const PERIOD_NAMES: readonly string[] = Object.keys(DAYS)

export function isPeriodName(text: unknown): text is PeriodName {
  return typeof text === 'string' && Object.hasOwn(DAYS, text)
}

/** The 1, 7 or 30 days that end at an instant. */
export function periodBefore(until: number, name: PeriodName): Period {
  return { from: until - DAYS[name] * DAY_MS, until }
}
