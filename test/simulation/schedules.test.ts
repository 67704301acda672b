import { expect, it } from 'vitest'
import { firstSeed, replayCommand } from './first-seed.ts'
import { runPool } from './pool.ts'

const RUNS = /^(1|true)$/i.test(process.env.CI ?? '') ? 10_000 : 2_000
const STEPS = 200

it(`${RUNS} random schedules of ${STEPS} steps keep the invariants`, { timeout: 1_200_000 }, async () => {
  const { seed, why } = firstSeed(process.env.SIMULATION_SEED)
  console.log(`${RUNS} schedules from seed ${seed} (${why}). The same again: SIMULATION_SEED=${seed}`)
  let done = 0
  const failures = await runPool({ firstSeed: seed, runs: RUNS, steps: STEPS, onResult: () => done++ })
  const found = failures.map((failure) => `${replayCommand(failure.seed, STEPS)}: ${failure.violation?.what}`)
  expect(found).toEqual([])
  expect(done).toBe(RUNS)
})
