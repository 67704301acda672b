import { type ExecFileSyncOptions, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Seeds are multiplied when dice are made of them: beyond this, neighbours would throw alike. */
const LARGEST = 90_000_000

/** Where there is no commit to derive it from. */
const FIXED = 1

export interface FirstSeed {
  seed: number
  /** Where it comes from. */
  why: string
}

/** The commit that is checked out in `folder`; undefined where there is none, as in a tarball, or no git. */
export function commitOf(folder: string): string | undefined {
  try {
    const options: ExecFileSyncOptions = { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] }
    return String(execFileSync('git', ['rev-parse', '--verify', 'HEAD'], options)).trim()
  } catch {
    return undefined
  }
}

/** A seed that a person gave, if it is one. */
export function parseSeed(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

/**
 * The first seed of a run: the one that is `wanted`, else one of the commit. So each commit looks at histories that none
 * before it has seen, and looks at the same ones whenever it is run.
 */
export function firstSeed(wanted: string | undefined, commit = commitOf(ROOT)): FirstSeed {
  if (wanted) {
    const seed = parseSeed(wanted)
    if (seed === undefined) throw new Error(`A seed must be a whole number from 1, and not "${wanted}".`)
    return { seed, why: 'as it was asked for' }
  }
  if (!commit) return { seed: FIXED, why: 'a fixed one, because there is no git repository here' }
  return { seed: 1 + (Number.parseInt(commit.slice(0, 12), 16) % LARGEST), why: `of commit ${commit.slice(0, 12)}` }
}

/** How to run one schedule by itself. */
export function replayCommand(seed: number, steps: number): string {
  return `npx -y pnpm@12.21.0 simulate --replay ${seed} --steps ${steps}`
}
