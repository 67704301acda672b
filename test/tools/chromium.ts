import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { finished, installWithApt } from './apt.ts'
import { chromiumPlaces } from './chromium-places.ts'

/** Headless, quiet, and without the sandbox that does not work for root. */
export const chromiumFlags: readonly string[] = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Each window would prepare two pages for its address bar, which nobody types into: seconds of work.
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup',
]

/**
 * The path of a Chromium that runs: the one that `CHROMIUM_PATH` names, one that this machine has, or one that is
 * installed now. `undefined`, with a line that says why, where none can be had. An empty `CHROMIUM_PATH` says that this
 * is known already.
 *
 * @throws Error if `CHROMIUM_PATH` names something that does not run.
 */
export async function findChromium(): Promise<string | undefined> {
  const chosen = process.env.CHROMIUM_PATH
  if (chosen === '') return undefined
  if (chosen !== undefined) {
    if (runs(chosen)) return chosen
    throw new Error(`CHROMIUM_PATH is ${chosen}, which does not run.`)
  }
  const found = present()
  if (found !== undefined) return found
  await install()
  const installed = present()
  if (installed === undefined)
    console.error('There is no Chromium here and none could be installed: set CHROMIUM_PATH.')
  return installed
}

function present(): string | undefined {
  const { platform, env } = process
  return [...chromiumPlaces({ platform, env, home: homedir() }), chromium.executablePath()].find(runs)
}

// Ubuntu has a script of that name which only says where to get the browser. On Windows the option opens a window.
function runs(path: string): boolean {
  if (!existsSync(path)) return false
  return (
    process.platform === 'win32' || spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0
  )
}

async function install(): Promise<void> {
  await installWithApt(['chromium'])
  if (present() !== undefined) return
  console.error('Installing the Chromium of Playwright.')
  const cli = join(import.meta.dirname, '../../node_modules/playwright-core/cli.js')
  const isRoot = process.getuid?.() === 0
  await finished(process.execPath, [cli, 'install', ...(isRoot ? ['--with-deps'] : []), 'chromium'])
}
