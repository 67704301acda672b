import { parseArgs } from 'node:util'
import { type FirstSeed, firstSeed, parseSeed, replayCommand } from './first-seed.ts'
import { runPool } from './pool.ts'
import { runSchedule } from './schedule.ts'
import { shrink } from './shrink.ts'

const HELP = `simulate [--runs N] [--seed S] [--steps N] [--replay SEED]
  --runs     how many random schedules (default 2000)
  --seed     the first seed (default one of the commit, or $SIMULATION_SEED)
  --steps    steps of each schedule (default 200)
  --replay   runs this seed alone, shrinks it if it fails, and prints what happens`

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: process.env.SIMULATION_SEED ?? '' },
    steps: { type: 'string', default: '200' },
    replay: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

function count(name: 'runs' | 'seed' | 'steps' | 'replay', text: string): number {
  const number = parseSeed(text)
  if (number !== undefined) return number
  console.error(`--${name} must be a whole number from 1\n${HELP}`)
  process.exit(2)
}

async function replay(seed: number, steps: number): Promise<void> {
  const result = await runSchedule({ seed, steps })
  const shrunk = result.violation ? await shrink(result, steps) : { steps, skip: new Set<number>() }
  const shown = await runSchedule({ seed, ...shrunk, trace: console.log })
  if (!shown.violation) return console.log(`seed ${seed}: nothing wrong`)
  const { invariant, what } = shown.violation
  console.log(`seed ${seed}: ${invariant}: ${what} (${shrunk.steps - shrunk.skip.size} steps left of ${steps})`)
  process.exitCode = 1
}

async function runAll(runs: number, { seed: from, why }: FirstSeed, steps: number): Promise<void> {
  const startedAt = performance.now()
  console.log(`${runs} schedules from seed ${from} (${why}). The same again: --seed ${from}`)
  let done = 0
  const onResult = () => {
    if (++done % 500 === 0) console.log(`${done} of ${runs}`)
  }
  const failures = await runPool({ firstSeed: from, runs, steps, onResult })
  for (const { seed, step, violation } of failures) {
    console.log(`seed ${seed}, step ${step}: ${violation?.invariant}: ${violation?.what}`)
    console.log(`  by itself: ${replayCommand(seed, steps)}`)
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  console.log(`${runs} schedules of ${steps} steps in ${seconds} s`)
  console.log(`${done - failures.length} passed, ${failures.length} failed`)
  process.exitCode = failures.length > 0 || done < runs ? 1 : 0
}

if (values.help) console.log(HELP)
else if (values.replay) await replay(count('replay', values.replay), count('steps', values.steps))
else {
  if (values.seed) count('seed', values.seed)
  await runAll(count('runs', values.runs), firstSeed(values.seed), count('steps', values.steps))
}
