/** What a gate of the test run came to. */
export interface Tally {
  passed: number
  failed: number
  skipped: Skip[]
  /** Passed, but not at the first try, and what went wrong there: a race is seen although nothing failed. */
  retried: Retry[]
}

interface Retry {
  name: string
  error: string
}

interface Skip {
  name: string
  why: string
}

export const single = (passed: boolean): Tally => ({
  passed: passed ? 1 : 0,
  failed: passed ? 0 : 1,
  skipped: [],
  retried: [],
})

export function total(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
    skipped: tallies.flatMap(({ skipped }) => skipped),
    retried: tallies.flatMap(({ retried }) => retried),
  }
}

/** Where nothing may be missing, what was skipped has failed. */
export function withoutSkips({ failed, skipped, ...rest }: Tally): Tally {
  return { ...rest, failed: failed + skipped.length, skipped: [] }
}

export function lastLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`
}
