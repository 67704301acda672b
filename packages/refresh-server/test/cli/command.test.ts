import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { parseCommand } from '../../src/cli/command.ts'
import { operate } from '../../src/cli/operate.ts'
import { operated } from '../support/operated.ts'
import { run, STRONG_SECRET, signIn, urlOf } from '../support/process.ts'
import { createClient, listenTestServer } from '../support/test-server.ts'

describe('the command', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('prints its address, serves, and exits on %s', async (signal) => {
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

  it.each([
    [['--lifetime', '5s'], "Unknown option '--lifetime'; see --help"],
    [['--port', '--qa'], "Option '--port' argument is ambiguous; see --help"],
    [['--store'], "Option '--store <value>' argument missing; see --help"],
    [['report', 'daily', '--stor', 'x'], "Unknown option '--stor'; see --help"],
    [['new-key'], 'write new-key <file>'],
    [['--store', 'x.db', 'report', 'daily'], 'write report first, and its options after it'],
    [['report', 'daily', '--store', 'valkey://admin:hunter2@cache'], '--store must be a file path, or'],
    [['report', 'daily', '--store', '.', '--until', '2026-02-31'], '"2026-02-31" is not a time'],
  ])('explains in one line what is wrong with %j', async (args, problem) => {
    const { output, problem: line, code } = await operated(args)
    expect([output, code]).toEqual(['', 2])
    expect(line).toContain(problem)
    expect(line.trim().split('\n')).toHaveLength(1)
    expect(line).not.toContain('hunter2')
  })

  it('never shows the password of an invalid store address', async () => {
    const { problem, code } = await operated(['--demo', '--store', 'valkey://admin:hunter2@cache'])
    expect([problem, code]).toEqual([expect.stringContaining('option "store" must be a file path'), 1])
    expect(problem).not.toContain('hunter2')
  })

  it(
    'fails with one line at most for any words',
    () => {
      const words = fc.oneof(
        fc.constantFrom(
          ...['report', 'erase', 'new-key', 'daily', '--', '--port', '--store=x', '--qa', '--json', '-h'],
        ),
        fc.string({ maxLength: 12 }),
        fc.string({ maxLength: 12 }).map((text) => `--${text}`),
      )
      fuzz(fc.array(words, { maxLength: 6 }), (args) => {
        try {
          parseCommand(args, {})
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
          const { name, message } = error as Error
          expect(['InvalidOptionError', 'InvalidConfigurationError', 'InvalidCommandError']).toContain(name)
          // Except for quoted words.
          const said = args.reduce((text, word) => text.replaceAll(word, ''), message)
          expect(said.split('\n')).toHaveLength(1)
        }
      })
    },
    FUZZ_TIMEOUT_MS,
  )

  it('continues after the reader of its log has gone', async () => {
    const child = run('--port', '0')
    const url = await urlOf(child)
    child.stderr.destroy()
    for (let times = 0; times < 5; times += 1) expect((await fetch(`${url}/api/token/health`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('continues after SIGHUP without a keys file, and logs that', async () => {
    const child = run('--port', '0')
    const url = await urlOf(child)
    child.kill('SIGHUP')
    const [line] = await once(child.stderr, 'data')
    expect(`${line}`).toContain('there is no JWT_KEYS_FILE to reload')
    expect((await fetch(`${url}/api/token/health`)).status).toBe(200)
  })

  it('fails with one line if the port is taken', async () => {
    const { url } = await listenTestServer()
    const { problem, code } = await operated(['--demo', '--port', new URL(url).port])
    expect(code).toBe(1)
    expect(problem).toContain('EADDRINUSE')
  })

  it('prints its usage', async () => {
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
  it('needs no argument but --demo', () => {
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

  it('creates an ES256 key by default', () => {
    expect(parseCommand(['new-key', 'k.json'], {})).toEqual({ kind: 'new-key', file: 'k.json', algorithm: 'ES256' })
    expect(() => parseCommand(['new-key', 'k.json', '--algorithm', 'none'], {})).toThrow('--algorithm')
    expect(() => parseCommand(['new-key'], {})).toThrow('new-key')
  })

  it('overrides the environment', () => {
    const environment = { JWT_ACCESS_TOKEN_EXPIRY: '2h', JWT_REFRESH_TOKEN_EXPIRY: '30d' }
    const command = parseCommand(['--demo', '--access-lifetime', '5m'], environment)
    expect(command).toMatchObject({ options: { accessLifetimeMs: 300_000, refreshLifetimeMs: 2_592_000_000 } })
  })

  it('needs a secret and users without --demo', () => {
    const [users, secret] = [['--users', 'users.json'], { JWT_SECRET: STRONG_SECRET }]
    expect(() => parseCommand([], secret)).toThrow('--users is missing; write --users <file>, or start with --demo')
    expect(() => parseCommand(users, {})).toThrow(/JWT_SECRET is missing; write JWT_SECRET="\$\(openssl .*--demo$/)
    expect(parseCommand(users, { JWT_KEYS_FILE: 'keys.json' })).toMatchObject({ keysFile: 'keys.json' })
    expect(parseCommand(users, secret)).toMatchObject({ usersFile: 'users.json', options: { secret: STRONG_SECRET } })
  })
})
