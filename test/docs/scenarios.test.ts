import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const byNumber = (a: number, b: number) => a - b
const sorted = (numbers: Iterable<number>) => [...new Set(numbers)].sort(byNumber)

const read = (path: string) => readFile(join(root, path), 'utf8')

/** The numbers in the first column of the tables of a text. */
function inTables(markdown: string): number[] {
  const cells = [...markdown.matchAll(/^\| (\d+(?:, \d+)*)(?::.*?)? +\|/gm)]
  return cells.flatMap(([, numbers = '']) => numbers.split(', ').map(Number))
}

/** The scenarios that tests in these files say they show. */
async function shownIn(...patterns: string[]): Promise<number[]> {
  const shown: number[] = []
  for await (const file of glob(patterns, { cwd: root })) {
    if (file.includes('node_modules')) continue
    const source = await read(file)
    for (const [, first, second] of source.matchAll(/\bscenarios? (\d+)(?: and (\d+))?/gi)) {
      shown.push(...[first, second].filter((number) => number !== undefined).map(Number))
    }
    // A test for each row of a table: `[23, 'lives on']`.
    if (/scenario \$\{/.test(source))
      for (const [, number] of source.matchAll(/^ +\[(\d+), '/gm)) shown.push(Number(number))
  }
  return sorted(shown)
}

test('each scenario of docs/scenarios.md is shown by a test, and no test shows another', async () => {
  const defined = inTables(await read('docs/scenarios.md'))
  expect(defined.toSorted(byNumber)).toEqual(Array.from({ length: defined.length }, (_, n) => n + 1))
  expect(await shownIn('test/**/*.ts', 'packages/*/test/**/*.ts')).toEqual(sorted(defined))
})

test('docs/engines.md lists the scenarios that were shown in real tabs, and no other', async () => {
  const [, chromium = '', others = ''] = (await read('docs/engines.md')).split(/^## .*$/m)
  const real = await shownIn('test/browser/tabs/*.test.ts', 'test/browser/real-tabs.test.ts')
  expect(sorted(inTables(chromium))).toEqual(real)
  expect(sorted(inTables(others))).toEqual(await shownIn('test/browser/engines/*.ts'))
  const [, absent = ''] = /^Not shown here: (.*)\.$/m.exec(others) ?? []
  expect(absent.split(/, | and /).map(Number)).toEqual(real.filter((number) => !inTables(others).includes(number)))
})
