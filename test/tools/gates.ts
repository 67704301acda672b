import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { single, type Tally } from './tally.ts'

const root = join(import.meta.dirname, '../..')

/** Something that must hold. It counts as one, a run of Vitest as many as it has tests. */
export interface Gate {
  name: string
  /** A Node script of the workspace or of a package, and its arguments. */
  script: string
  args: string[]
  vitest: boolean
  /** Takes minutes: with CI=true only. */
  ciOnly?: boolean
  /** Waits for browsers and servers more than it computes: may run beside those that do. */
  waits?: boolean
  /** Computes for minutes on all cores: takes what the others leave over, from the beginning on. */
  fillsUp?: boolean
}

const gate = (name: string, script: string, ...args: string[]): Gate => ({ name, script, args, vitest: false })
const project = (name: string): Gate => ({
  name,
  script: 'node_modules/vitest/vitest.mjs',
  args: ['run', '--project', name],
  vitest: true,
})

/** In the order in which they run: what the others build on first, then what fails fastest. */
export const gates: readonly Gate[] = [
  gate('types', 'node_modules/typescript/bin/tsc', '-b'),
  gate('lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
  gate('unused code', 'node_modules/knip/bin/knip.js', '--treat-config-hints-as-errors'),
  project('rules'),
  project('unit'),
  project('server'),
  // The same on another store.
  { ...project('server-redis'), ciOnly: true },
  project('tools'),
  // What is published, installed as users do.
  { ...project('package'), ciOnly: true },
  { ...project('simulation'), fillsUp: true },
  gate('size', 'test/tools/size.ts'),
  { ...project('browser'), waits: true },
  // What the browser's own clock, database and restarts do to a session, and what leaks.
  { ...project('browser-more'), ciOnly: true, waits: true },
  // Many tabs, in three engines.
  { ...project('tabs'), ciOnly: true, waits: true },
  // The backends of others.
  { ...project('interop'), waits: true },
  { ...project('interop-more'), ciOnly: true, waits: true },
]

/** Most of what starts here compiles the same code, once more in each process. */
const COMPILED = join(root, 'node_modules/.cache/node')

/** No gate takes that long; one that hangs must not keep the others from being counted. */
const LIMIT_MS = 20 * 60_000

/** With `collect` it prints nothing itself: what it would is given to that, once it has ended. */
export async function run(gate: Gate, collect?: (output: string) => void): Promise<Tally> {
  const { script, args, vitest } = gate
  const directory = await mkdtemp(join(tmpdir(), 'gate-'))
  const tallyFile = join(directory, 'tally.json')
  const env = { NODE_COMPILE_CACHE: COMPILED, ...process.env, ...(vitest && { TALLY_FILE: tallyFile }) }
  try {
    const givesWay = collect !== undefined && !gate.waits
    const passed = await succeeds([join(root, script), ...args], { env, givesWay, collect })
    return vitest ? await tallyOf(tallyFile, passed) : single(passed)
  } finally {
    await rm(directory, { recursive: true })
  }
}

interface Running {
  env: NodeJS.ProcessEnv
  /** Others, which run at the same time, go first. */
  givesWay: boolean
  collect: ((output: string) => void) | undefined
}

function succeeds(args: string[], { env, givesWay, collect }: Running): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const out = collect ? 'pipe' : 'inherit'
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', out, out], timeout: LIMIT_MS })
    if (givesWay && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
    const output: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      collect?.(Buffer.concat(output).toString())
      resolve(code === 0)
    })
  })
}

async function tallyOf(file: string, passed: boolean): Promise<Tally> {
  if (!existsSync(file)) return single(false)
  const tally: Tally = JSON.parse(await readFile(file, 'utf8'))
  const ran = tally.passed + tally.failed + tally.skipped.length > 0
  // A run that fails without a test that failed, or that had none, is a failure all the same.
  return tally.failed === 0 && (!passed || !ran) ? { ...tally, failed: 1 } : tally
}
