import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** As long as a slow network may take, for this installation and for one that it has to wait for. */
const LIMIT_MS = 10 * 60_000

/** All test runs of a machine share it. */
const LOCK = join(tmpdir(), 'token-manager-install.lock')

/**
 * Installs Debian packages where this process may, and says so. It resolves however that ends: what counts is whether
 * the program is there then.
 */
export async function installWithApt(packages: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  console.error(`Installing ${packages.join(' ')} with apt-get.`)
  await runInTurn(`apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`, LOCK)
}

/**
 * Runs a shell command while no other process holds the lock file, and resolves however it ends. Suites run side by side,
 * and apt-get refuses to run beside itself: without the lock the second suite would find nothing and skip its tests.
 */
export async function runInTurn(command: string, lock: string): Promise<void> {
  await finished('flock', [lock, 'sh', '-c', command])
}

/** Runs a command to its end, however it ends. Standard output belongs to whoever asked: the command's goes to standard error. */
export function finished(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const child = spawn(command, args, { env, stdio: ['ignore', 2, 2], timeout: LIMIT_MS })
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
}
