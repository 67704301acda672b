/** 400 days: browsers keep no cookie longer (RFC 6265bis section 5.5). */
export const MAX_LIFETIME_MS = 400 * 24 * 3_600_000
