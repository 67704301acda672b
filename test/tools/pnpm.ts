import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')
const exec = promisify(execFile)
const MAX_OUTPUT_BYTES = 10_000_000

/** Runs the pnpm that runs this, else the one that the workspace pins; returns what it prints. */
export async function pnpm(args: readonly string[], cwd: string = root): Promise<string> {
  const options = { cwd, maxBuffer: MAX_OUTPUT_BYTES }
  const running = process.env.npm_execpath
  if (running !== undefined && basename(running).startsWith('pnpm')) {
    const isScript = /\.[cm]?js$/.test(running)
    return (await exec(isScript ? process.execPath : running, isScript ? [running, ...args] : [...args], options))
      .stdout
  }
  const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const npx = ['-y', packageManager, ...args]
  return (await exec('npx', npx, { ...options, shell: process.platform === 'win32' })).stdout
}
