import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { installWithApt } from './apt.ts'

interface DebianServer {
  /** Of the Debian package. */
  name: string
  /** Names a program of one's own; empty says that there is none. */
  variable: string
  places: readonly string[]
}

/**
 * The path of a server program: the one that its variable names, one that this machine has, or one that is installed now.
 * `undefined`, with a line that says why, where none can be had. Debian starts some servers when they are installed;
 * those are left alone.
 *
 * @throws Error if the variable names something that does not run.
 */
export async function findServer({ name, variable, places }: DebianServer): Promise<string | undefined> {
  const chosen = process.env[variable]
  if (chosen === '') return undefined
  if (chosen !== undefined) {
    if (runs(chosen)) return chosen
    throw new Error(`${variable} is ${chosen}, which does not run.`)
  }
  const found = places.find(runs)
  if (found !== undefined) return found
  await installWithApt([name])
  const installed = places.find(runs)
  if (installed === undefined)
    console.error(`There is no ${name} here and none could be installed (apt-get as root can): set ${variable}.`)
  return installed
}

/** A port of this machine that nobody listens on; for servers that cannot say which one they took. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('There is no port.')
  return address.port
}

function runs(path: string): boolean {
  return existsSync(path) && spawnSync(path, ['-v'], { stdio: 'ignore', timeout: 60_000 }).status === 0
}
