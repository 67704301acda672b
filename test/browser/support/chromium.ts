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

export interface RealChromiumOptions {
  flags?: readonly string[]
  /** What a user set in the profile. */
  preferences?: object
}

export interface RealChromium {
  browser: Browser
  /** The profile, whose pages are hidden and shown, throttled, frozen and cached as a user's are. */
  profile: BrowserContext
  close(): Promise<void>
}

/** Chromium as users have it: started by ourselves, so that nothing of what a page lives through is switched off. */
export async function startChromium({
  flags = [],
  preferences = {},
}: RealChromiumOptions = {}): Promise<RealChromium | undefined> {
  const executablePath = await findChromium()
  if (executablePath === undefined) return undefined
  const userData = await mkdtemp(join(tmpdir(), 'chromium-'))
  await mkdir(join(userData, 'Default'))
  await writeFile(join(userData, 'Default/Preferences'), JSON.stringify(preferences))
  const args = [...chromiumFlags, ...flags, '--remote-debugging-port=0', `--user-data-dir=${userData}`, 'about:blank']
  const child = spawn(executablePath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const browser = await chromium.connectOverCDP(await devToolsAddress(child), { noDefaults: true })
  const [profile] = browser.contexts()
  if (profile === undefined) throw new Error('Chromium has no profile.')
  return {
    browser,
    profile,
    async close() {
      const session = await browser.newBrowserCDPSession()
      // The answer may be lost with the browser.
      session.send('Browser.close').catch(() => {})
      await exited
      await rm(userData, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function devToolsAddress({ stderr, ...child }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    stderr?.on('data', (chunk) => {
      output += chunk
      const address = /DevTools listening on (ws:\S+)/.exec(output)?.[1]
      if (address !== undefined) resolve(address)
    })
    stderr?.once('end', () => reject(new Error(`Chromium ${child.pid} did not start: ${output}`)))
  })
}
