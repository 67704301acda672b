import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { createRefreshServer, DEMO_USERS, InvalidOptionError } from '../../src/index.ts'
import { sealSuccessor, unsealSuccessor } from '../../src/tokens/refresh-token.ts'
import { bearer, createTestServer, json } from '../support/test-server.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

it('keeps sessions, reuse detection, replay offers and notes in a file across a restart', async () => {
  const store = join(temporaryFolder(), 'sessions.db')
  const before = createTestServer({ store })
  const first = await before.signIn()
  const second = await before.rotate(first.refresh, 'key')
  const spent = await before.signIn('ben')
  const successor = await before.rotate(spent.refresh, 'key')
  await before.post('/api/ward/patients/p03/notes', { text: 'slept well' }, bearer(first.access))
  await before.server.close()

  const after = createTestServer({ store })
  expect((await after.patients(second.access)).status).toBe(200)
  expect((await after.rotate(first.refresh, 'key')).refresh).toBe(second.refresh)
  expect(await after.reasonFor(second.refresh)).toBe('ok')
  expect(await after.reasonFor(spent.refresh, 'other')).toBe('reused')
  expect(await after.reasonFor(successor.refresh)).toBe('revoked')
  const notes = await json(await after.get('/api/ward/patients/p03/notes', bearer(second.access)))
  expect(notes.notes).toMatchObject([{ text: 'slept well', author: 'amara' }])
})

it('a store in memory loses everything at its end', async () => {
  const before = createTestServer()
  const { refresh } = await before.signIn()
  await before.server.close()
  expect(await createTestServer().reasonFor(refresh)).toBe('unknown')
})

it('the file contains hashes and sealed successors, but no token and no password', async () => {
  const folder = temporaryFolder()
  const { server, signIn, rotate, post } = createTestServer({ store: join(folder, 'sessions.db') })
  const first = await signIn()
  const second = await rotate(first.refresh, 'findable-idempotency-key')
  const third = await rotate(second.refresh, 'key')
  await post('/api/ward/patients/p01/notes', { text: 'findable note' }, bearer(third.access))
  const contentOf = () =>
    readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'latin1'))
      .join()
  const open = contentOf()
  await server.close()

  for (const content of [open, contentOf()]) {
    expect(content).toContain('findable note')
    for (const { refresh, access } of [first, second, third]) {
      expect(content).not.toContain(refresh)
      expect(content).not.toContain(Buffer.from(refresh, 'base64url').toString('latin1'))
      expect(content).not.toContain(access)
      expect(content).not.toContain(access.split('.')[2])
    }
    expect(content).not.toContain('amara-pw')
  }
})

it('the replay offer is removed once the successor is used', async () => {
  const store = join(temporaryFolder(), 'sessions.db')
  const { signIn, rotate } = createTestServer({ store })
  const offers = () => {
    const database = new DatabaseSync(store, { readOnly: true })
    const row = database.prepare('SELECT count(*) AS offers FROM refresh_tokens WHERE replay_sealed IS NOT NULL').get()
    database.close()
    return row?.offers
  }
  let { refresh } = await signIn()
  for (const key of ['a', 'b', 'c']) {
    refresh = (await rotate(refresh, key)).refresh
    expect(offers()).toBe(1)
  }
})

it('two servers share one file', async () => {
  const store = join(temporaryFolder(), 'sessions.db')
  const [one, two] = [createTestServer({ store, reuse: 'strict' }), createTestServer({ store, reuse: 'strict' })]
  const first = await one.signIn()
  const second = await two.rotate(first.refresh)
  expect((await one.patients(second.access)).status).toBe(200)
  expect(await one.reasonFor(first.refresh)).toBe('reused')
  expect(await two.reasonFor(second.refresh)).toBe('revoked')
})

it('a refresh of a user who was removed is rejected and revokes the session', async () => {
  const store = join(temporaryFolder(), 'sessions.db')
  const before = createTestServer({ store })
  const { refresh } = await before.signIn('ben')
  await before.server.close()
  const strangers = createTestServer({ store, users: DEMO_USERS.filter((user) => user.username !== 'ben') })
  expect(await strangers.reasonFor(refresh)).toBe('revoked')
  await strangers.server.close()
  expect(await createTestServer({ store }).reasonFor(refresh)).toBe('revoked')
})

it.each([
  ['a folder that does not exist', () => join(temporaryFolder(), 'none', 'sessions.db')],
  ['a folder', () => temporaryFolder()],
  [
    'a file that is no database',
    () => {
      const file = join(temporaryFolder(), 'text.db')
      writeFileSync(file, 'these are my notes, please do not overwrite them '.repeat(100))
      return file
    },
  ],
  [
    "somebody else's database",
    () => {
      const file = join(temporaryFolder(), 'other.db')
      const database = new DatabaseSync(file)
      database.exec('CREATE TABLE recipes (title TEXT)')
      database.close()
      return file
    },
  ],
])('refuses %s as a store, by name, and leaves it as it is', (_, make) => {
  const store = make()
  const content = store.endsWith('.db') && !store.includes('none') ? readFileSync(store) : undefined
  expect(() => createRefreshServer({ store })).toThrow(InvalidOptionError)
  expect(() => createRefreshServer({ store })).toThrow(/option "store" cannot be opened/)
  if (content !== undefined) expect(readFileSync(store)).toEqual(content)
})

it('only the predecessor unseals a successor, and only if it is unchanged', () => {
  const [token, other, successor] = [1, 2, 3].map(() => randomBytes(32).toString('base64url'))
  if (token === undefined || other === undefined || successor === undefined) throw new Error('three tokens are needed')
  const sealed = sealSuccessor(token, successor)
  expect(Buffer.from(sealed).toString('latin1')).not.toContain(successor)
  expect(unsealSuccessor(token, sealed)).toBe(successor)
  expect(() => unsealSuccessor(other, sealed)).toThrow()
  for (let index = 0; index < sealed.length; index += 1) {
    const tampered = Uint8Array.from(sealed)
    tampered[index] = (tampered[index] ?? 0) ^ 1
    expect(() => unsealSuccessor(token, tampered)).toThrow()
  }
})
