import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

interface Issue {
  file: string
  [kind: string]: string | { name: string }[]
}

/** What Knip reports of a copy of the fixture under the configuration of this workspace: `file kind name`. */
async function knip(): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'knip-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await cp(join(import.meta.dirname, 'fixtures/knip'), directory, { recursive: true })
  await cp(join(root, 'knip.json'), join(directory, 'knip.json'))
  const args = [join(root, 'node_modules/knip/bin/knip.js'), '--reporter', 'json']
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: directory }, (_error, stdout) => resolve(stdout))
  })
  const issues: Issue[] = JSON.parse(output).issues
  return issues.flatMap(({ file, ...kinds }) =>
    Object.entries(kinds).flatMap(([kind, found]) =>
      Array.isArray(found) ? found.map(({ name }) => `${file} ${kind} ${name}`) : [],
    ),
  )
}

test('Knip reports the unused file, exports and dependencies, and nothing that is used', async () => {
  expect((await knip()).sort()).toEqual([
    'package.json devDependencies unused-tool',
    'packages/sdk/package.json dependencies unused-dependency',
    'packages/sdk/src/session/abandoned.ts files packages/sdk/src/session/abandoned.ts',
    'packages/sdk/src/session/expiry.ts exports forgotten',
    'packages/sdk/src/session/expiry.ts exports payload',
    'packages/sdk/src/session/expiry.ts types Forgotten',
  ])
})
