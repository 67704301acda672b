/** Access token lifetimes that the QA bar offers, in milliseconds. */
export const LIFETIMES_MS: readonly number[] = [3_000, 7_000, 15_000, 60_000, 900_000]
