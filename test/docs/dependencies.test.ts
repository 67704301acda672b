import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

test('docs/dependencies.md names each dependency of the workspace, and no other', async () => {
  const folders = (await readdir(join(root, 'packages'))).map((name) => join(root, 'packages', name))
  const used = new Set<string>()
  for (const folder of [root, ...folders]) {
    const { dependencies, devDependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) used.add(name)
  }
  const page = await readFile(join(root, 'docs/dependencies.md'), 'utf8')
  const named = [...page.matchAll(/^- `([^`]+)`/gm)].map(([, name]) => name)
  const external = [...used].filter((name) => !name.startsWith('@token-manager/'))
  expect(named.sort()).toEqual(external.sort())
})
