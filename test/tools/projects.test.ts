import { execFile } from 'node:child_process'
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { gates } from './gates.ts'

const root = join(import.meta.dirname, '../..')

interface Listed {
  file: string
  projectName: string
}

/** The test files that the projects of `vite.config.ts` take up. */
async function listed(): Promise<Listed[]> {
  const directory = await mkdtemp(join(tmpdir(), 'projects-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const output = join(directory, 'list.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  await promisify(execFile)(process.execPath, [vitest, 'list', '--filesOnly', `--json=${output}`], { cwd: root })
  return JSON.parse(await readFile(output, 'utf8'))
}

/** Runs files of the project `server` once more, on another store. */
const AGAIN = 'server-redis'

test('each test file runs in one project, or once more on another store, and each project in `test`', async () => {
  const files: string[] = []
  for await (const file of glob('{packages/*/test,test}/**/*.test.{ts,tsx}', { cwd: root })) {
    if (!file.split(sep).includes('fixtures')) files.push(file)
  }
  const list = await listed()
  const once = new Set(list.filter(({ projectName }) => projectName !== AGAIN).map(({ file }) => file))
  const counted = list.filter(({ file, projectName }) => projectName !== AGAIN || !once.has(file))
  expect(counted.map(({ file }) => relative(root, file)).sort()).toEqual(files.sort())
  const run = gates.filter(({ vitest }) => vitest).map(({ name }) => name)
  expect(run).toEqual(expect.arrayContaining([...new Set(list.map(({ projectName }) => projectName))]))
})
