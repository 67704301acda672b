import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { biome, house, type Verdict } from './biome.ts'

const root = join(import.meta.dirname, '../..')
const fixtures = join(import.meta.dirname, 'fixtures/biome')

/** What the comments `// error: rule, rule` of a fixture say, in the words of a verdict. */
async function marked(fixture: string): Promise<string[]> {
  const marks: string[] = []
  for (const entry of await readdir(fixture, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.ts')) continue
    const path = join(entry.parentPath, entry.name)
    const lines = (await readFile(path, 'utf8')).split('\n')
    for (const [index, line] of lines.entries()) {
      const rules = line.split('// error: ')[1]?.split(', ') ?? []
      for (const rule of rules) marks.push(`${relative(fixture, path)}:${index + 1} ${rule}`)
    }
  }
  return marks.sort()
}

async function run(command: 'lint' | 'check', fixture: string, change?: (directory: string) => Promise<void>) {
  const { directory, remove } = await house(join(fixtures, fixture))
  onTestFinished(remove)
  await change?.(directory)
  return biome(command, directory)
}

const names = await readdir(fixtures)
const special = ['clean', 'formatting']

describe('Biome reports exactly the marked lines', () => {
  test.each(names.filter((name) => !special.includes(name)))('%s', async (name) => {
    const marks = await marked(join(fixtures, name))
    expect(marks).not.toEqual([])
    expect(await run('lint', name)).toEqual<Verdict>({ exitCode: 1, findings: marks })
  })

  test('a file past 400 lines', async () => {
    const longFile = 'packages/sdk/src/options.ts'
    const write = (lines: number) => (directory: string) =>
      writeFile(
        join(directory, longFile),
        Array.from({ length: lines }, (_, i) => `export const o${i} = ${i}\n`).join(''),
      )
    expect(await run('check', 'clean', write(400))).toEqual<Verdict>({ exitCode: 0, findings: [] })
    const findings = [`${longFile}:1 style/noExcessiveLinesPerFile`]
    expect(await run('check', 'clean', write(401))).toEqual<Verdict>({ exitCode: 1, findings })
  })
})

test('Biome finds nothing in a clean house', async () => {
  expect(await run('check', 'clean')).toEqual<Verdict>({ exitCode: 0, findings: [] })
})

test('Biome reports what is not formatted or sorted', async () => {
  const findings = [
    'packages/sdk/src/create-token-manager.ts:1 assist/source/organizeImports',
    'packages/sdk/src/quotes.ts:0 format',
  ]
  expect(await run('check', 'formatting')).toEqual<Verdict>({ exitCode: 1, findings })
})

test('each rule that the configuration names is proven by a mark', async () => {
  const configured = new Set<string>()
  const collect = ({ linter, overrides = [], plugins = [] }: Config) => {
    for (const [group, rules] of Object.entries(linter?.rules ?? {})) {
      for (const [rule, value] of Object.entries(rules)) if (value !== 'off') configured.add(`${group}/${rule}`)
    }
    for (const { path } of plugins) configured.add(`plugin/${path.replace(/^.*\/|\.grit$/g, '')}`)
    overrides.forEach(collect)
  }
  for (const file of ['biome.json', 'test/lint/import-directions.json', 'test/lint/forbidden-globals.json']) {
    collect(JSON.parse(await readFile(join(root, file), 'utf8')))
  }
  const marks = (await Promise.all(names.map((name) => marked(join(fixtures, name))))).flat()
  const proven = new Set(marks.map((mark) => mark.split(' ')[1]))
  proven.add('style/noExcessiveLinesPerFile')
  expect([...configured].filter((rule) => !proven.has(rule))).toEqual([])
})

interface Config {
  linter?: { rules?: Record<string, Record<string, unknown>> }
  overrides?: Config[]
  plugins?: { path: string }[]
}
