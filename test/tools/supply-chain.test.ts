import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const textOf = (path: string) => readFile(join(root, path), 'utf8')

test('the lockfile pins each package by its content, and takes none from elsewhere than the registry', async () => {
  const lockfile = await textOf('pnpm-lock.yaml')
  const resolutions = [...lockfile.matchAll(/^ {4}resolution: (.*)$/gm)].map(([, resolution]) => resolution ?? '')
  expect(resolutions.length).toBeGreaterThan(100)
  expect(resolutions.filter((resolution) => !/^\{integrity: sha512-[\w+/]+=*\}$/.test(resolution))).toEqual([])
})

test('CI installs what the lockfile says, or fails', async () => {
  expect(await textOf('.ci/run')).toMatch(/ install --frozen-lockfile /)
})

test('no package runs a script when it is installed, but for those that docs/dependencies.md names', async () => {
  const workspace = await textOf('pnpm-workspace.yaml')
  const [, builds = ''] = /^allowBuilds:\n((?: {2}.*\n)+)/m.exec(workspace) ?? []
  const allowed = [...builds.matchAll(/^ {2}['"]?(.+?)['"]?: true$/gm)].map(([, name]) => name)
  expect(workspace).not.toMatch(/dangerously/i)
  const [, named = ''] =
    /may run a script when they are\s+installed:\s+([^.]*)\./.exec(await textOf('docs/dependencies.md')) ?? []
  expect(allowed.toSorted()).toEqual([...named.matchAll(/`(.+?)`/g)].map(([, name]) => name).toSorted())
})

test('no settings of a registry, and no key to one, lie in the repository', async () => {
  expect((await readdir(root)).filter((name) => name.startsWith('.npmrc'))).toEqual([])
})
