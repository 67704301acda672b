import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../packages/refresh-server/src/main.ts', import.meta.url))
const SECRET = 'Zx8m4W0tq7Lr2Vb6Yk1Hs9Nd3Pf5Jc0GaQeUiToR'

export interface ServerProcess {
  url: string
  pid: number
  /** Ends it without a warning, as `kill -9` does. */
  kill(): Promise<void>
}

export interface ServerProcessSettings {
  /** A file, or the address of a Redis. */
  store: string
  args?: readonly string[]
  /** Variables of its environment besides its secret. */
  env?: Readonly<Record<string, string>>
}

/** The refresh server as a process of its own, on any free port of this machine. Its log goes nowhere. */
export async function startServerProcess({
  store,
  args = [],
  env = {},
}: ServerProcessSettings): Promise<ServerProcess> {
  const redis = store.startsWith('redis:')
  const child = spawn(process.execPath, [MAIN, '--port', '0', ...(redis ? [] : ['--store', store]), ...args], {
    env: { PATH: process.env.PATH, JWT_SECRET: SECRET, ...(redis && { REDIS_URL: store }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let problem = ''
  child.stderr.on('data', (chunk) => {
    if (problem.length < 1_000) problem += chunk
  })
  const exited = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      const address = /^Refresh server on (http:\S+)$/m.exec(`${chunk}`)?.[1]
      if (address !== undefined) resolve(address)
    })
    exited.then(() => reject(new Error(`The refresh server ended: ${problem}`)), reject)
  })
  const { pid } = child
  if (pid === undefined) throw new Error('The refresh server has no process.')
  return {
    url,
    pid,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
