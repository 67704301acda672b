import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseCommand } from '../src/cli.ts'
import { createClient, tokensOf } from './support.ts'

const STRONG_SECRET = 'VG8gYmUsIG9yIG5vdCB0byBiZTogdGhhdCBpcyBhIHF1ZXN0aW9u'
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

function run(...args: string[]) {
  return start(['--demo', ...args], process.env)
}

function start(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env })
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
  return child
}

async function urlOf(child: ChildProcess): Promise<string> {
  for await (const chunk of child.stdout ?? []) {
    const url = /^Refresh server on (http:\S+)\n$/.exec(String(chunk))?.[1]
    if (url !== undefined) return url
    throw new Error(`not the address: ${chunk}`)
  }
  throw new Error('it ended without an address')
}

async function signIn(url: string) {
  const client = createClient((path, init) => fetch(url + path, init))
  const tokens = await tokensOf(await client.post('/auth/login', { username: 'amara', password: 'amara-demo' }))
  return { ...client, tokens }
}

describe('the command', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('prints its address, serves, and ends on %s', async (signal) => {
    const child = run('--port', '0')
    const url = await urlOf(child)
    expect(new URL(url).hostname).toBe('127.0.0.1')
    const { tokens, patients } = await signIn(url)
    expect((await patients(tokens.access)).status).toBe(200)
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('logs requests without any token', async () => {
    const child = run('--port', '0', '--reuse', 'strict')
    const log = text(child.stderr)
    const { tokens, refresh, rotate, get } = await signIn(await urlOf(child))
    const next = await rotate(tokens.refresh, 'key')
    await refresh(tokens.refresh)
    await get(`/auth/refresh/${next.refresh}?refresh=${next.refresh}`)
    child.kill('SIGTERM')
    const lines = (await log).trim().split('\n')
    expect(lines.map((line) => line.replace(/\d+ ms$/, 'n ms').replace(/ [\da-f-]{36} /, ' id '))).toEqual([
      'POST /auth/login 200 n ms',
      'POST /auth/refresh 200 n ms',
      'session id revoked: reuse',
      'POST /auth/refresh 401 n ms',
      'GET /* 404 n ms',
    ])
    for (const token of [tokens.refresh, tokens.access, next.refresh, next.access]) {
      expect(lines.join('\n')).not.toContain(token)
    }
  })

  it.each([
    ['--reuse', ['--reuse', 'lenient']],
    ['--access-lifetime', ['--access-lifetime', '900']],
    ['--grace', ['--grace=-5s']],
    ['--port', ['--port', 'http']],
    ['--port', ['--port', '65536']],
    ['--trusted-proxies', ['--trusted-proxies', 'all']],
    ['"host"', ['--qa', '--port', '0', '--host', '0.0.0.0']],
    ['"allowedOrigins"', ['--allowed-origin', 'ward.example']],
    ['--lifetime', ['--lifetime', '5s']],
    ['--profile', ['--profile', 'hospital']],
    ['extra', ['extra']],
    ['--users', ['--users', 'no-such-file.json']],
  ])('names %s and fails', async (name, args) => {
    const child = run(...args)
    const [output, problem, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    expect(code).toBe(1)
    expect(output).toBe('')
    expect(problem).toContain(name)
    expect(problem.trim().split('\n')).toHaveLength(1)
  })

  it('fails with a line when the port is taken', async () => {
    const first = run('--port', '0')
    const { port } = new URL(await urlOf(first))
    const second = run('--port', port)
    const [problem, [code]] = await Promise.all([text(second.stderr), once(second, 'exit')])
    expect(code).toBe(1)
    expect(problem).toContain('EADDRINUSE')
  })

  it('explains itself', async () => {
    const child = run('--help')
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    expect(code).toBe(0)
    expect(output).toMatch(/^Usage: /)
  })

  it('keeps sessions in a file, and lets two processes race for one token: one wins', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const args = ['--port', '0', '--reuse', 'strict', '--store', join(folder, 'sessions.db')]
    const urls = [await urlOf(run(...args)), await urlOf(run(...args))]
    for (let round = 0; round < 5; round += 1) {
      const { tokens } = await signIn(urls[round % 2] ?? '')
      const racers = urls.map((url) => createClient((path, init) => fetch(url + path, init)))
      const reasons = await Promise.all(racers.map(({ reasonFor }) => reasonFor(tokens.refresh)))
      expect(reasons.sort()).toEqual(['ok', 'reused'])
    }
  })
})

describe('in earnest', () => {
  function usersFile(content: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'users.json')
    writeFileSync(file, content)
    return file
  }

  it('serves the users of a file, whose hashes it makes itself', async () => {
    const hashing = start(['hash-password'], process.env)
    hashing.stdin.end('correct horse\n')
    const passwordHash = (await text(hashing.stdout)).trim()
    const users = [{ username: 'nurse', name: 'A Nurse', roles: ['clinician'], passwordHash }]
    const args = ['--port', '0', '--users', usersFile(JSON.stringify(users))]
    const url = await urlOf(start(args, { ...process.env, JWT_SECRET: STRONG_SECRET, JWT_ACCESS_TOKEN_EXPIRY: '2h' }))
    const { post } = createClient((path, init) => fetch(url + path, init))
    const answer = await post('/auth/login', { username: 'nurse', password: 'correct horse' })
    expect(await answer.json()).toMatchObject({ expires_in: 7_200, user: { name: 'A Nurse' } })
    expect((await post('/auth/login', { username: 'amara', password: 'amara-demo' })).status).toBe(401)
  })

  it.each([
    ['no JSON', 'secret words', 'it is no JSON'],
    ['no users', '[]', 'must name a file with a JSON list'],
    ['a plain password', '[{"username":"a","name":"A","roles":[],"passwordHash":"secret words"}]', 'hash-password'],
  ])('refuses a users file with %s, and quotes nothing of it', async (_, content, problem) => {
    const child = start(['--users', usersFile(content)], { ...process.env, JWT_SECRET: STRONG_SECRET })
    const [line, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(code).toBe(1)
    expect(line).toContain(problem)
    expect(line).not.toContain('secret words')
    expect(line.trim().split('\n')).toHaveLength(1)
  })

  it('does not hash an empty password', async () => {
    const child = start(['hash-password'], process.env)
    child.stdin.end('\n')
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    expect([output, code]).toEqual(['', 1])
  })

  it('stops with a line about a variable that it does not know', async () => {
    const child = start(['--demo'], { ...process.env, JWT_SECRT: STRONG_SECRET })
    const [line, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(code).toBe(1)
    expect(line).toMatch(/^refresh server: JWT_SECRT is not known; known are: JWT_SECRET, .*\n$/)
  })
})

describe('the command line', () => {
  it('has a default for everything', () => {
    expect(parseCommand(['--demo'], {})).toEqual({ kind: 'serve', port: 4_180, host: undefined, options: {} })
  })

  it('sets every option', () => {
    const args = `--port 80 --host ::1 --store s.db --reuse grace --grace 5s --no-rotation --profile icu --trusted-proxies 2 --users u.json --access-lifetime 20m --refresh-lifetime 12h
      --session-lifetime 30d --allowed-origin https://a.example --allowed-origin https://b.example --qa`
    expect(parseCommand(args.split(/\s+/), {})).toEqual({
      kind: 'serve',
      port: 80,
      host: '::1',
      usersFile: 'u.json',
      options: {
        store: 's.db',
        reuse: 'grace',
        graceMs: 5_000,
        rotate: false,
        profile: 'icu',
        trustedProxies: 2,
        accessLifetimeMs: 1_200_000,
        refreshLifetimeMs: 43_200_000,
        sessionLifetimeMs: 2_592_000_000,
        allowedOrigins: ['https://a.example', 'https://b.example'],
        qa: true,
      },
    })
  })

  it('counts more than the environment', () => {
    const environment = { JWT_ACCESS_TOKEN_EXPIRY: '2h', JWT_REFRESH_TOKEN_EXPIRY: '30d' }
    const command = parseCommand(['--demo', '--access-lifetime', '5m'], environment)
    expect(command).toMatchObject({ options: { accessLifetimeMs: 300_000, refreshLifetimeMs: 2_592_000_000 } })
  })

  it('needs a secret and users, if it is not for a demonstration', () => {
    const [users, secret] = [['--users', 'users.json'], { JWT_SECRET: STRONG_SECRET }]
    expect(() => parseCommand([], secret)).toThrow('--users is missing; write --users <file>, or start with --demo')
    expect(() => parseCommand(users, {})).toThrow(/JWT_SECRET is missing; write JWT_SECRET="\$\(openssl .*--demo$/)
    expect(parseCommand(users, secret)).toMatchObject({ usersFile: 'users.json', options: { secret: STRONG_SECRET } })
  })
})
