export const DAY_MS = 86_400_000

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS }

/** Milliseconds of a number with a unit, like `90s`, `15m`, `12h` or `30d`; undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const unitMs = unit === undefined ? undefined : UNITS_MS[unit]
  return unitMs === undefined ? undefined : Number(amount) * unitMs
}

/** 400 days: browsers keep no cookie longer (RFC 6265bis section 5.5). */
export const MAX_LIFETIME_MS = 400 * 24 * 3_600_000
