import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Tally } from './tally.ts'

/** The tally of a run of Vitest over one file of the fixture. */
async function tallyOf(file: string): Promise<Tally> {
  const directory = await mkdtemp(join(tmpdir(), 'tally-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const tallyFile = join(directory, 'tally.json')
  const vitest = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')
  spawnSync(process.execPath, [vitest, 'run', file], {
    cwd: join(import.meta.dirname, 'fixtures/outcomes'),
    env: { ...process.env, TALLY_FILE: tallyFile },
  })
  return JSON.parse(await readFile(tallyFile, 'utf8'))
}

test('tests that pass, fail and are skipped are counted, with the reason of the skip', async () => {
  const skip = { name: 'a group > is skipped', why: 'there is no browser' }
  expect(await tallyOf('one-of-each')).toEqual<Tally>({ passed: 1, failed: 1, skipped: [skip], retried: [] })
})

test('a file that cannot be loaded has failed', async () => {
  expect(await tallyOf('not-loaded')).toEqual<Tally>({ passed: 0, failed: 1, skipped: [], retried: [] })
})

test('a hook that fails has failed', async () => {
  const skip = { name: 'never runs', why: 'something before it failed' }
  expect(await tallyOf('failing-hook')).toEqual<Tally>({ passed: 0, failed: 1, skipped: [skip], retried: [] })
})

test('an error that nobody handles has failed', async () => {
  expect(await tallyOf('unhandled')).toEqual<Tally>({ passed: 1, failed: 1, skipped: [], retried: [] })
})

test('a test that passed at another try is named, with what went wrong before', async () => {
  const retried = [{ name: 'passes the second time', error: 'expected 1 to be 2 // Object.is equality' }]
  expect(await tallyOf('retried')).toEqual<Tally>({ passed: 1, failed: 0, skipped: [], retried })
})
