import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { decodeProtectedHeader } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addKey, readKeysFile } from '../../src/cli/files.ts'
import { operated } from '../support/operated.ts'
import { ended, STRONG_SECRET, signIn, start, urlOf } from '../support/process.ts'
import { createClient } from '../support/test-server.ts'

describe('a server with its own users and keys', () => {
  function usersFile(content: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'users.json')
    writeFileSync(file, content)
    return file
  }

  it('serves the users of a file with hashes from hash-password', async () => {
    const hashing = start(['hash-password'], process.env)
    hashing.stdin.end('correct horse\n')
    const passwordHash = (await ended(hashing)).output.trim()
    const users = [{ username: 'nurse', name: 'A Nurse', roles: ['clinician'], passwordHash }]
    const args = ['--port', '0', '--users', usersFile(JSON.stringify(users))]
    const url = await urlOf(start(args, { ...process.env, JWT_SECRET: STRONG_SECRET, JWT_ACCESS_TOKEN_EXPIRY: '2h' }))
    const { post } = createClient((path, init) => fetch(url + path, init))
    const answer = await post('/auth/login', { username: 'nurse', password: 'correct horse' })
    expect(await answer.json()).toMatchObject({ expires_in: 7_200, user: { name: 'A Nurse' } })
    expect((await post('/auth/login', { username: 'amara', password: 'amara-demo' })).status).toBe(401)
  })

  it.each([
    ['no JSON', 'secret words', 'it is not JSON'],
    ['no users', '[]', 'must name a file with a JSON list'],
    ['a plain password', '[{"username":"a","name":"A","roles":[],"passwordHash":"secret words"}]', 'hash-password'],
  ])('refuses a users file with %s, and quotes nothing of it', async (_, content, problem) => {
    const { problem: line, code } = await operated(['--users', usersFile(content)], {
      env: { JWT_SECRET: STRONG_SECRET },
    })
    expect(code).toBe(1)
    expect(line).toContain(problem)
    expect(line).not.toContain('secret words')
    expect(line.trim().split('\n')).toHaveLength(1)
  })

  it('creates keys, signs with the newest, and reloads them on SIGHUP', async () => {
    const keysFile = join(dirname(usersFile('[]')), 'keys.json')
    const newKey = (algorithm: string) => ['new-key', keysFile, '--algorithm', algorithm]
    expect(await ended(start(newKey('ES256'), process.env))).toEqual({ output: '', problem: '', code: 0 })
    expect(statSync(keysFile).mode & 0o777).toBe(0o600)
    const child = start(['--demo', '--port', '0'], { ...process.env, JWT_KEYS_FILE: keysFile })
    const url = await urlOf(child)
    const log = createInterface(child.stderr)[Symbol.asyncIterator]()
    const logged = async (line: RegExp) => {
      for (let next = await log.next(); !next.done; next = await log.next()) if (line.test(next.value)) return
    }
    const { tokens: before } = await signIn(url)
    expect(decodeProtectedHeader(before.access).alg).toBe('ES256')

    expect(await operated(newKey('RS256'))).toEqual({ output: '', problem: '', code: 0 })
    child.kill('SIGHUP')
    await logged(/^keys reloaded$/)
    const { tokens: after, patients } = await signIn(url)
    expect(decodeProtectedHeader(after.access).alg).toBe('RS256')
    expect((await patients(before.access)).status).toBe(200)

    writeFileSync(keysFile, '{ "keys": "secret words" }')
    child.kill('SIGHUP')
    await logged(/^error keys are unchanged: refresh server: JWT_KEYS_FILE must name a file with/)
    expect((await patients(after.access)).status).toBe(200)
  })

  it('keeps two older keys in the file', async () => {
    const keysFile = join(dirname(usersFile('[]')), 'keys.json')
    const seen: string[] = []
    for (let count = 0; count < 5; count += 1) {
      await addKey(keysFile, 'HS256')
      const kids = (await readKeysFile(keysFile)).map(({ kid }) => String(kid))
      seen.unshift(kids[0] ?? '')
      expect(kids).toEqual(seen.slice(0, 3))
    }
    expect(new Set(seen).size).toBe(5)
  })

  it('refuses to hash an empty password', async () => {
    const { output, code } = await operated(['hash-password'], { input: '\n' })
    expect([output, code]).toEqual(['', 1])
  })

  it('stops with one line about an unknown variable', async () => {
    const { problem: line, code } = await operated(['--demo'], { env: { JWT_SECRT: STRONG_SECRET } })
    expect(code).toBe(1)
    expect(line).toMatch(/^refresh server: JWT_SECRT is not known; known variables: JWT_SECRET, .*\n$/)
  })
})
