import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { install, node, pack } from './pack.ts'

const root = join(import.meta.dirname, '../..')
let directory: string
let project: string
let tarball: Uint8Array<ArrayBuffer>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'package-'))
  project = join(directory, 'project')
  const file = await pack(directory)
  tarball = new Uint8Array(await readFile(file))
  await install(file, project)
}, 120_000)

afterAll(() => rm(directory, { recursive: true }))

test('the tarball holds the build, the license and the README, and nothing else', () => {
  const files = createPackageFromTarballData(tarball).listFiles()
  const paths = files.map((path) => path.replace('/node_modules/@token-manager/sdk/', ''))
  expect(paths).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/http/ky.d.ts']),
  )
  const other = /^(LICENSE|README\.md|package\.json|dist\/([a-z\d-]+\/)?[a-z\d-]+(\.js|\.d\.ts))$/
  expect(paths.filter((path) => !other.test(path))).toEqual([])
})

test('the published exports lead to the build only', async () => {
  const manifest = JSON.parse(await readFile(join(project, 'node_modules/@token-manager/sdk/package.json'), 'utf8'))
  const source = JSON.parse(await readFile(join(root, 'packages/sdk/package.json'), 'utf8'))
  expect(Object.keys(manifest.exports)).toEqual(Object.keys(source.exports))
  expect(JSON.stringify(manifest.exports)).not.toMatch(/src|source/)
})

test.each([
  ['NodeNext', 'NodeNext'],
  ['ESNext', 'Bundler'],
])('a user compiles against the declarations: module %s, resolution %s', async (module, moduleResolution) => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const options = ['--target', 'ES2022', '--lib', 'ES2022,DOM', '--types', '', '--strict', '--noEmit']
  const modules = ['--module', module, '--moduleResolution', moduleResolution]
  // --ignoreConfig: files are named, and no configuration above this folder counts.
  await node([tsc, '--ignoreConfig', ...options, ...modules, 'browser.ts'], project)
})

test('on a server, importing and creating touch nothing and the process ends', async () => {
  const report = JSON.parse(await node(['server.ts'], project))
  expect(report).toEqual({ status: 'signed-out', newGlobals: [], newResources: 0 })
})

test('publint has nothing to say', async () => {
  const { messages } = await publint({ pack: { tarball: tarball.buffer }, strict: true })
  expect(messages).toEqual([])
})

test('the types are right wherever ES modules are resolved', async () => {
  const result = await checkPackage(createPackageFromTarballData(tarball))
  const problems = 'problems' in result ? result.problems : ['no types']
  // The package has ES modules only, as it says: resolutions that expect CommonJS do not count.
  const esm = problems.filter((problem) => !/node10|node16-cjs/.test(JSON.stringify(problem)))
  expect(esm).toEqual([])
})
