import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { installWithApt } from './apt.ts'

/** Debian's, which starts at once; the snap of Ubuntu cannot be driven with a profile of its own. */
const PLACES = ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox']

/**
 * The path of a Firefox that runs: the one that `FIREFOX_PATH` names, one that this machine has, or one that is
 * installed now. `undefined`, with a line that says why, where none can be had. An empty `FIREFOX_PATH` says that this
 * is known already.
 *
 * @throws Error if `FIREFOX_PATH` names something that does not run.
 */
export async function findFirefox(): Promise<string | undefined> {
  const chosen = process.env.FIREFOX_PATH
  if (chosen === '') return undefined
  if (chosen !== undefined) {
    if (runs(chosen)) return chosen
    throw new Error(`FIREFOX_PATH is ${chosen}, which does not run.`)
  }
  const found = PLACES.find(runs)
  if (found !== undefined) return found
  await installWithApt(['firefox-esr'])
  const installed = PLACES.find(runs)
  if (installed === undefined)
    console.error('There is no Firefox here and none could be installed (apt-get as root can): set FIREFOX_PATH.')
  return installed
}

function runs(path: string): boolean {
  return existsSync(path) && spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 60_000 }).status === 0
}
