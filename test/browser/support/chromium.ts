import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { chromiumFlags, findChromium } from '../../tools/chromium.ts'

/** Quick, and tame: every page counts as visible, no timer is throttled, nothing is frozen or cached. */
export async function launchChromium(): Promise<Browser | undefined> {
  const executablePath = await findChromium()
  return executablePath === undefined ? undefined : chromium.launch({ executablePath, args: [...chromiumFlags] })
}

export interface ChromiumOptions {
  flags?: readonly string[]
  /** What a user set in the profile. */
  preferences?: object
}

export interface ChromiumProcess {
  /** Where its protocol is spoken: a WebSocket's address. */
  address: string
  close(): Promise<void>
}

/** Chromium as users have it, with a new profile. */
export async function spawnChromium({
  flags = [],
  preferences = {},
}: ChromiumOptions = {}): Promise<ChromiumProcess | undefined> {
  const executablePath = await findChromium()
  if (executablePath === undefined) return undefined
  const userData = await mkdtemp(join(tmpdir(), 'chromium-'))
  await mkdir(join(userData, 'Default'))
  await writeFile(join(userData, 'Default/Preferences'), JSON.stringify(preferences))
  const args = [...chromiumFlags, ...flags, '--remote-debugging-port=0', `--user-data-dir=${userData}`, 'about:blank']
  const child = spawn(executablePath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    address: await devToolsAddress(child),
    async close() {
      child.kill()
      await exited
      await rm(userData, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function devToolsAddress({ stderr, pid }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    stderr?.on('data', (chunk) => {
      output += chunk
      const address = /DevTools listening on (ws:\S+)/.exec(output)?.[1]
      if (address !== undefined) resolve(address)
    })
    stderr?.once('end', () => reject(new Error(`Chromium ${pid} did not start: ${output}`)))
  })
}

export interface RealChromium {
  browser: Browser
  /** The profile, whose pages are hidden and shown, throttled, frozen and cached as a user's are. */
  profile: BrowserContext
  close(): Promise<void>
}

/** Chromium started by ourselves, so that nothing of what a page lives through is switched off. */
export async function startChromium(options?: ChromiumOptions): Promise<RealChromium | undefined> {
  const started = await spawnChromium(options)
  if (started === undefined) return undefined
  const browser = await chromium.connectOverCDP(started.address, { noDefaults: true })
  const [profile] = browser.contexts()
  if (profile === undefined) throw new Error('Chromium has no profile.')
  return { browser, profile, close: started.close }
}
