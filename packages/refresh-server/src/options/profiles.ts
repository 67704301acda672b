import type { TokenPolicy } from '../tokens/policy.ts'

type Lifetimes = Pick<TokenPolicy, 'accessLifetimeMs' | 'refreshLifetimeMs' | 'sessionLifetimeMs'>

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Lifetimes for kinds of places. The policies of the SDK with the same names fit to them. */
export const PROFILES = {
  icu: lifetimes(5 * MINUTE_MS, 8 * HOUR_MS),
  'general-ward': lifetimes(15 * MINUTE_MS, 12 * HOUR_MS),
  outpatient: lifetimes(20 * MINUTE_MS, 16 * HOUR_MS),
  research: lifetimes(30 * MINUTE_MS, 24 * HOUR_MS),
  'web-app': lifetimes(15 * MINUTE_MS, 7 * DAY_MS),
  'long-lived': { ...lifetimes(2 * HOUR_MS, 90 * DAY_MS), refreshLifetimeMs: 30 * DAY_MS },
} as const satisfies Readonly<Record<string, Lifetimes>>

/** The name of a set of lifetimes. */
export type ProfileName = keyof typeof PROFILES

export function isProfileName(value: unknown): value is ProfileName {
  return typeof value === 'string' && Object.hasOwn(PROFILES, value)
}

/** A refresh token lasts as long as the longest session. */
function lifetimes(accessLifetimeMs: number, sessionLifetimeMs: number): Lifetimes {
  return { accessLifetimeMs, refreshLifetimeMs: sessionLifetimeMs, sessionLifetimeMs }
}
