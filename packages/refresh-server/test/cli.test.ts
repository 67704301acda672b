import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseCommand } from '../src/cli.ts'
import { operate } from '../src/operate.ts'
import { operated } from './operated.ts'
import { run, STRONG_SECRET, signIn, urlOf } from './process.ts'
import { createClient, listenTestServer } from './support.ts'

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
    const lines: string[] = []
    const surroundings = { readInput: async () => '', log: (line: string) => lines.push(line) }
    const { output, serving } = await operate(['--demo', '--port', '0', '--reuse', 'strict'], {}, surroundings)
    const { tokens, refresh, rotate, get } = await signIn(output.trim().replace('Refresh server on ', ''))
    const next = await rotate(tokens.refresh, 'key')
    await refresh(tokens.refresh)
    await get(`/auth/refresh/${next.refresh}?refresh=${next.refresh}`)
    expect(await serving?.close()).toBe(0)
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
    const { output, problem, code } = await operated(['--demo', ...args])
    expect(code).toBe(1)
    expect(output).toBe('')
    expect(problem).toContain(name)
    expect(problem.trim().split('\n')).toHaveLength(1)
  })

  it('fails with a line when the port is taken', async () => {
    const { url } = await listenTestServer()
    const { problem, code } = await operated(['--demo', '--port', new URL(url).port])
    expect(code).toBe(1)
    expect(problem).toContain('EADDRINUSE')
  })

  it('explains itself', async () => {
    const { output, code } = await operated(['--help'])
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

  it('makes an ES256 key unless told otherwise', () => {
    expect(parseCommand(['new-key', 'k.json'], {})).toEqual({ kind: 'new-key', file: 'k.json', algorithm: 'ES256' })
    expect(() => parseCommand(['new-key', 'k.json', '--algorithm', 'none'], {})).toThrow('--algorithm')
    expect(() => parseCommand(['new-key'], {})).toThrow('new-key')
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
    expect(parseCommand(users, { JWT_KEYS_FILE: 'keys.json' })).toMatchObject({ keysFile: 'keys.json' })
    expect(parseCommand(users, secret)).toMatchObject({ usersFile: 'users.json', options: { secret: STRONG_SECRET } })
  })
})
