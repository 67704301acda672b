import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

/** As long as a slow network may take. */
const LIMIT_MS = 5 * 60_000

/**
 * Installs Debian packages where this process may, and says so. It resolves however that ends: what counts is whether
 * the program is there then.
 */
export async function installWithApt(packages: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  console.error(`Installing ${packages.join(' ')} with apt-get.`)
  const command = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`
  await new Promise<void>((resolve) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const child = spawn('sh', ['-c', command], { env, stdio: ['ignore', 2, 2], timeout: LIMIT_MS })
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
}
