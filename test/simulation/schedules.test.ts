import { expect, it } from 'vitest'
import { firstSeed, replayCommand } from './first-seed.ts'
import { runPool } from './pool.ts'

const RUNS = /^(1|true)$/i.test(process.env.CI ?? '') ? 10_000 : 2_000
const STEPS = 200
/**
 * Of the newest kinds of histories about 5 in 10,000 still break an invariant. Each is printed with the command that shows
 * it, and is to become a fixed test. More than three times as many are a regression.
 */
const KNOWN_FAILURES = Math.ceil(RUNS * 0.0015) + 1

it(`at most ${KNOWN_FAILURES} of ${RUNS} random schedules of ${STEPS} steps break an invariant`, {
  timeout: 1_200_000,
}, async () => {
  const { seed, why } = firstSeed(process.env.SIMULATION_SEED)
  console.log(`${RUNS} schedules from seed ${seed} (${why}). The same again: SIMULATION_SEED=${seed}`)
  let done = 0
  const failures = await runPool({ firstSeed: seed, runs: RUNS, steps: STEPS, onResult: () => done++ })
  const found = failures.map((failure) => `${replayCommand(failure.seed, STEPS)}: ${failure.violation?.what}`)
  for (const failure of found) console.log(`To be mended: ${failure}`)
  expect(found.length, found.join('\n')).toBeLessThanOrEqual(KNOWN_FAILURES)
  expect(done).toBe(RUNS)
})
