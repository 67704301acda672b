import fc from 'fast-check'

const strict = /^(1|true)$/i.test(process.env.CI ?? '')

/** How many generated inputs each parser of untrusted input gets. */
const FUZZ_RUNS = strict ? 100_000 : 5_000

/** For the tests that use them: a hundred thousand inputs take a slow machine a minute. */
export const FUZZ_TIMEOUT_MS = strict ? 300_000 : 30_000

/** Holds a parser to a property, for as many inputs as all parsers get. */
export function fuzz<T>(inputs: fc.Arbitrary<T>, holds: (input: T) => void): void {
  fc.assert(fc.property(inputs, holds), { numRuns: FUZZ_RUNS })
}

/** The same for a parser that the platform has answer later, which takes longer. */
export function fuzzLater<T>(inputs: fc.Arbitrary<T>, holds: (input: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(inputs, holds), { numRuns: FUZZ_RUNS })
}
