import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTestServer, MINUTE_MS, type Tokens } from '../support/test-server.ts'

type Client = ReturnType<typeof createTestServer>

async function signInOften({ signIn, clock }: Client, times: number): Promise<Tokens[]> {
  const sessions: Tokens[] = []
  for (let time = 0; time < times; time += 1) {
    sessions.push(await signIn())
    clock.now += 1
  }
  return sessions
}

function reasonsFor({ reasonFor }: Client, sessions: readonly Tokens[]): Promise<unknown[]> {
  return Promise.all(sessions.map(({ refresh }) => reasonFor(refresh)))
}

describe('the limit of concurrent sessions', () => {
  it('ends the oldest session at the eleventh sign-in, and tells its browser the reason', async () => {
    const client = createTestServer()
    const sessions = await signInOften(client, 11)
    expect(await reasonsFor(client, sessions)).toEqual(['session_limit', ...Array(10).fill('ok')])
    expect((await client.patients(sessions[0]?.access ?? '')).status).toBe(401)
  })

  it("leaves other users' sessions alone", async () => {
    const client = createTestServer({ maxSessions: 1 })
    const ben = await client.signIn('ben')
    await signInOften(client, 2)
    expect(await client.reasonFor(ben.refresh)).toBe('ok')
  })

  it('does not count signed-out and expired sessions', async () => {
    const client = createTestServer({ maxSessions: 2, sessionLifetimeMs: 10 * MINUTE_MS })
    const [early, gone] = await signInOften(client, 2)
    await client.post('/auth/logout', { refresh: gone?.refresh })
    const third = await client.signIn()
    client.clock.now += 10 * MINUTE_MS - 2
    const [fourth, fifth] = await signInOften(client, 2)
    expect(await client.reasonFor(early?.refresh ?? '')).toBe('expired')
    expect(
      await reasonsFor(
        client,
        [third, fourth, fifth].filter((tokens) => tokens !== undefined),
      ),
    ).toEqual(['session_limit', 'ok', 'ok'])
  })

  it('ends the session that began first, even if it was refreshed last', async () => {
    const client = createTestServer({ maxSessions: 2 })
    const [first, second] = await signInOften(client, 2)
    const renewed = await client.rotate(first?.refresh ?? '')
    await client.signIn()
    expect(await client.reasonFor(renewed.refresh)).toBe('session_limit')
    expect(await client.reasonFor(second?.refresh ?? '')).toBe('ok')
  })

  it('counts each ended session as a revocation', async () => {
    const client = createTestServer({ maxSessions: 1, qa: true })
    const [first] = await signInOften(client, 2)
    await client.refresh(first?.refresh ?? '')
    expect(client.server.qa?.counts()).toMatchObject({
      familiesRevoked: 1,
      reuseEvents: 0,
      refreshes: { rejections: { session_limit: 1 } },
    })
  })
})

it('migrates a database of the previous version with its sessions', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = join(folder, 'sessions.db')
  const before = createTestServer({ store })
  const live = await before.signIn()
  await before.server.close()
  const database = new DatabaseSync(store)
  const later = "name NOT IN ('families', 'refresh_tokens', 'notes', 'notes_by_patient') AND name NOT LIKE 'sqlite_%'"
  for (const type of ['trigger', 'index', 'table']) {
    const rows = database.prepare(`SELECT name FROM sqlite_schema WHERE type = ? AND ${later}`).all(type)
    for (const { name } of rows) database.exec(`PRAGMA foreign_keys = OFF; DROP ${type} ${name}`)
  }
  database.exec(`
    ALTER TABLE families DROP COLUMN revoked_because;
    ALTER TABLE families DROP COLUMN last_used_at;
    PRAGMA user_version = 1;
  `)
  database.close()

  const client = createTestServer({ store, maxSessions: 1 })
  const { refresh } = await client.rotate(live.refresh)
  await client.signIn()
  expect(await client.reasonFor(refresh)).toBe('session_limit')
})
