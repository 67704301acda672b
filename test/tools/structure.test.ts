import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSource } from './source-file.ts'
import { measure } from './structure.ts'

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'structure-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

const lines = (count: number): string => 'export {}\n'.repeat(count)

test('counts files and takes the median of their lines, per folder and in all', async () => {
  const folder = await folderWith({ 'a.ts': lines(3), 'x/b.ts': lines(10), 'x/c.ts': lines(20), 'x/d.ts': lines(90) })
  expect(await measure(folder)).toMatchObject({
    files: 4,
    medianLines: 20,
    folders: [
      { folder: '.', files: 1, medianLines: 3 },
      { folder: 'x', files: 3, medianLines: 20 },
    ],
  })
})

test('finds a cycle of files through an import of a type', async () => {
  const folder = await folderWith({
    'a.ts': "import './b.ts'",
    'b.ts': "export type { C } from './c.ts'",
    'c.ts': "import type { A } from './a.ts'\nexport type C = A",
    'd.ts': "import './a.ts'",
  })
  expect((await measure(folder)).cycles).toEqual([['a.ts', 'b.ts', 'c.ts']])
})

test.each([
  ['an import type', "export type A = import('./x/x.ts').X"],
  ['an import on demand', "export const load = () => import('./x/x.ts')"],
  ['an export from', "export { x } from './x/x.ts'"],
])('sees %s', async (_, text) => {
  const { floors } = await measure(await folderWith({ 'a.ts': text, 'x/x.ts': 'export const x = 1' }))
  expect(floors).toEqual([['x'], ['a.ts']])
})

test('orders folders so that the fewest imports run upward, and names those', async () => {
  const folder = await folderWith({
    'http/app.ts': "import '../store/store.ts'\nimport '../store/sqlite.ts'",
    'http/context.ts': '',
    'store/store.ts': "import '../http/context.ts'",
    'store/sqlite.ts': "import './store.ts'",
    'main.ts': "import './http/app.ts'",
  })
  expect(await measure(folder)).toMatchObject({
    floors: [['store'], ['http'], ['main.ts']],
    upwardImports: ['store/store.ts -> http/context.ts'],
    cycles: [],
  })
})

test('names the one import that closes a circle of three folders', async () => {
  const folder = await folderWith({
    'a/a.ts': "import '../b/b.ts'\nimport '../b/other.ts'",
    'b/b.ts': "import '../c/c.ts'\nimport '../c/other.ts'",
    'b/other.ts': '',
    'c/c.ts': "import '../a/type.ts'",
    'c/other.ts': '',
    'a/type.ts': '',
  })
  expect((await measure(folder)).upwardImports).toEqual(['c/c.ts -> a/type.ts'])
})

test('names files over 400 lines, and files under 40 lines that only one other file imports', async () => {
  const folder = await folderWith({
    'long.ts': `import './small.ts'\nimport './shared.ts'\n${lines(399)}`,
    'fits.ts': `import './shared.ts'\nimport './large.ts'\n${lines(398)}`,
    'small.ts': lines(39),
    'shared.ts': lines(1),
    'index.ts': "import './small.ts'\nimport './public.ts'",
    'public.ts': lines(1),
    'large.ts': lines(40),
  })
  expect(await measure(folder)).toMatchObject({
    tooLong: ['long.ts'],
    smallWithOneImporter: ['small.ts <- long.ts'],
  })
})

test('finds each spread into the argument of a factory, and none elsewhere', () => {
  const text = `const context = { clock: 1 }
const part = createPart({ ...context, name: 'part' })
const other = createOther(context, {
  ...context,
})
const copy = { ...context, list: createList([...names]) }
`
  expect(readSource('a.ts', text).spreads).toEqual([2, 4])
})

test('finds what a factory uses before it defines it, closures included', () => {
  const text = `export function createEngine(options: { later: number }) {
  const { early } = options
  const runner = createRunner({ stop: () => refresher.stop(), early, late: () => late })
  const refresher = createRefresher(runner)
  const [late] = [1]
  function stop() { return refresher }
  return { stop, runner, refresher, late }
}
export const createOther = (refresher: number) => {
  const use = (late: number) => ({ late, refresher, after: object.after })
  const object = { late: 1, after: use }
  const late = 2
  return { use, late, object }
}
`
  expect(readSource('engine.ts', text).earlyUses).toEqual(['3 refresher', '3 late', '10 object'])
})

test('leaves functions alone that are no factories, and functions that are declared later', () => {
  const text = `function start() { const a = () => b; const b = 1; return a() }
export function createPart() { const first = () => last(); return first
  function last() { return 1 } }
`
  expect(readSource('a.ts', text).earlyUses).toEqual([])
})

test('a file that does not parse is an error with its name', () => {
  expect(() => readSource('broken.ts', 'const = 1')).toThrow('broken.ts: ')
})
