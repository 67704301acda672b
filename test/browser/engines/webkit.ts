import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { findWebKit } from '../../tools/webkit.ts'
import type { Engine, Profile, ProfileOptions, Tab } from './engine.ts'
import { newSession, recordOf, type WebDriverSession } from './web-driver.ts'

/** How long the driver may take to listen, on a busy machine. */
const START_MS = 30_000

/** WebKitGTK on a screen of its own, driven by its WebDriver. */
export async function startWebKit(): Promise<Engine | undefined> {
  const places = await findWebKit()
  if (places === undefined) return undefined
  const screen = notOutliving(
    spawn(places.display, ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    }),
  )
  const display = await firstLine(screen)
  const port = await freePort()
  const env = { ...process.env, DISPLAY: `:${display}`, NO_AT_BRIDGE: '1' }
  const driver = notOutliving(spawn(places.driver, [`--port=${port}`], { env, stdio: 'ignore' }))
  const url = `http://127.0.0.1:${port}`
  await untilListening(url)
  return {
    async newProfile(options) {
      const capabilities = {
        browserName: 'MiniBrowser',
        'webkitgtk:browserOptions': { binary: places.browser, args: ['--automation', ...flagsFor(options)] },
      }
      return profileOf(await newSession(url, capabilities))
    },
    async close() {
      await ended(driver)
      await ended(screen)
    },
  }
}

function flagsFor({ storageBlocked = false }: ProfileOptions = {}): string[] {
  return storageBlocked ? ['--cookies-policy=never', '--enable-html5-local-storage=false'] : []
}

async function profileOf(session: WebDriverSession): Promise<Profile> {
  // No tab of a test, and never closed: from a window that is gone the driver opens none.
  const first = `${await session.send('GET', '/window')}`
  return {
    async open(url) {
      const opened = session.inWindow(first, (send) => send('POST', '/window/new', { type: 'tab' }))
      const { handle } = recordOf(await opened)
      const tab = tabOf(session, `${handle}`)
      await tab.goto(url)
      return tab
    },
    close: async () => void (await session.send('DELETE', '')),
  }
}

// No `show`: a window that the driver switches to stays hidden.
function tabOf(session: WebDriverSession, handle: string): Tab {
  return {
    async evaluate<Result>(work: unknown, argument?: unknown) {
      const answer = await session.inWindow(handle, (send) =>
        send('POST', '/execute/async', { script: scriptOf(`${work}`), args: [argument ?? null] }),
      )
      const { value, error } = recordOf(answer)
      if (error !== undefined) throw new Error(`In the page: ${error}`)
      return value as Awaited<Result>
    },
    goto: async (url) => void (await session.inWindow(handle, (send) => send('POST', '/url', { url }))),
    reload: async () => void (await session.inWindow(handle, (send) => send('POST', '/refresh'))),
    close: async () => void (await session.inWindow(handle, (send) => send('DELETE', '/window'))),
  }
}

// The driver has no word for a promise that is rejected.
function scriptOf(work: string): string {
  return `const [argument, done] = arguments
  new Promise((resolve) => resolve((${work})(argument ?? undefined)))
    .then((value) => done({ value }), (error) => done({ error: String(error) }))`
}

async function firstLine({ stdio }: ChildProcess): Promise<string> {
  const [, , , stream] = stdio
  if (!(stream instanceof Readable)) throw new Error('The screen has no number.')
  for await (const line of createInterface(stream)) return line
  throw new Error('There is no screen.')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  server.close()
  await once(server, 'close')
  return address.port
}

async function untilListening(url: string): Promise<void> {
  const giveUpAt = performance.now() + START_MS
  while (performance.now() < giveUpAt) {
    const listens = await fetch(`${url}/status`).then(
      () => true,
      () => false,
    )
    if (listens) return
    await delay(20)
  }
  throw new Error('WebKitWebDriver does not listen.')
}

/** Not left behind, however the tests end. */
function notOutliving(child: ChildProcess): ChildProcess {
  const kill = () => child.kill()
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill()
  await once(child, 'exit')
}
