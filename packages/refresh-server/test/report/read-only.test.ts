import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { createSqliteStore } from '../../src/store/sqlite-store.ts'
import { operated } from '../support/operated.ts'

async function aStore(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'refresh-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'sessions.db')
  await createSqliteStore(path).close()
  return path
}

it('reports on a read-only file without changing it', async () => {
  const path = await aStore()
  chmodSync(path, 0o444)
  const before = readFileSync(path)
  const { output, problem, code } = await operated(['report', 'daily', '--store', path])
  expect([problem, code]).toEqual(['', 0])
  expect(output).toContain('# ')
  expect(readFileSync(path).equals(before)).toBe(true)
})

it('a report does not migrate the database of an older server, which may still run', async () => {
  const path = await aStore()
  const database = new DatabaseSync(path)
  onTestFinished(() => database.close())
  database.exec('PRAGMA user_version = 2')
  const { problem, code } = await operated(['report', 'daily', '--store', path])
  expect(code).toBe(1)
  expect(problem).toContain('it was written by an older version')
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 })
})
