import { expect, it } from 'vitest'
import { runPool } from './pool.ts'

const RUNS = /^(1|true)$/i.test(process.env.CI ?? '') ? 10_000 : 2_000

it(`${RUNS} random schedules of 200 steps keep the invariants`, { timeout: 1_200_000 }, async () => {
  let done = 0
  const failures = await runPool({ firstSeed: 1, runs: RUNS, steps: 200, onResult: () => done++ })
  expect(failures.map(({ seed, violation }) => `pnpm simulate --replay ${seed}: ${violation?.what}`)).toEqual([])
  expect(done).toBe(RUNS)
})
