import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { createClient, tokensOf } from './test-server.ts'

export const STRONG_SECRET = 'VG8gYmUsIG9yIG5vdCB0byBiZTogdGhhdCBpcyBhIHF1ZXN0aW9u'
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export function run(...args: string[]) {
  return start(['--demo', ...args], process.env)
}

export function start(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env })
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
  return child
}

/** The output of a process that has exited. */
export async function ended(child: ReturnType<typeof start>) {
  const [output, problem, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { output, problem, code }
}

export async function urlOf(child: ChildProcess): Promise<string> {
  for await (const chunk of child.stdout ?? []) {
    const url = /^Refresh server on (http:\S+)\n$/.exec(String(chunk))?.[1]
    if (url !== undefined) return url
    throw new Error(`not the address: ${chunk}`)
  }
  throw new Error('it ended without an address')
}

export async function signIn(url: string) {
  const client = createClient((path, init) => fetch(url + path, init))
  const tokens = await tokensOf(await client.post('/auth/login', { username: 'amara', password: 'amara-demo' }))
  return { ...client, tokens }
}
