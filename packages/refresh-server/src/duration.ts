export const DAY_MS = 86_400_000

/** 400 days. Browsers keep no cookie longer (RFC 6265bis section 5.5). */
export const MAX_LIFETIME_MS = 400 * DAY_MS

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS }

/** Parses a number with a unit, such as `90s`, `15m`, `12h` or `30d`, to milliseconds. Anything else gives undefined. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const unitMs = unit === undefined ? undefined : UNITS_MS[unit]
  return unitMs === undefined ? undefined : Number(amount) * unitMs
}
