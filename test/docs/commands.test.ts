import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { documents } from './examples.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFile(join(root, file), 'utf8')
const OWN = ['exec', 'install', 'licenses', 'pack']

/** What is wrong with a command such as `exec vitest run --project rules file -t 'name'`. */
async function mistakesIn(command: string, scripts: readonly string[]): Promise<string[]> {
  const [script = ''] = command.split(' ')
  if (![...scripts, ...OWN].includes(script)) return [`there is no script ${script}`]
  const [, project] = /--project ([\w-]+)/.exec(command) ?? []
  const isUnknown = project !== undefined && !(await read('vite.config.ts')).includes(`'${project}'`)
  const [, file] = / ((?:test|packages)\/\S+\.ts)/.exec(command) ?? []
  const source = file === undefined ? '' : await read(file).catch(() => undefined)
  const [, name] = / -t '(.+?)'/.exec(command) ?? []
  // A file may take its cases from its neighbours, as `broken.test.ts` does; then the case is one of its own.
  const isUnnamed = name !== undefined && !source?.includes(name)
  return [
    ...(isUnknown ? [`there is no project ${project}`] : []),
    ...(source === undefined ? [`there is no file ${file}`] : []),
    ...(isUnnamed ? [`no test in ${file} is called ${name}`] : []),
  ]
}

test('each folder of tests has a README with a command, and it names a script, a file and a test that exist', async () => {
  const scripts = Object.keys(JSON.parse(await read('package.json')).scripts)
  const folders = (await readdir(join(root, 'test'), { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const readmes = folders.map(({ name }) => `test/${name}/README.md`)
  expect(await documents()).toEqual(expect.arrayContaining(readmes))
  const mistakes: string[] = []
  for (const document of ['CONTRIBUTING.md', ...readmes]) {
    const commands = [...(await read(document)).matchAll(/npx -y pnpm@[\d.]+ ([a-z][^`\n]*)/g)]
    if (commands.length === 0) mistakes.push(`${document}: no command`)
    for (const [, command = ''] of commands) {
      for (const mistake of await mistakesIn(command, scripts)) mistakes.push(`${document}: ${mistake}`)
    }
  }
  expect(mistakes).toEqual([])
})

test.each([
  ['a script', 'nothing', 'there is no script nothing'],
  ['a project', 'exec vitest run --project none', 'there is no project none'],
  ['a file', 'exec vitest run test/none.test.ts', 'there is no file test/none.test.ts'],
  [
    'a test',
    "exec vitest run test/docs/links.test.ts -t 'no link'",
    'no test in test/docs/links.test.ts is called no link',
  ],
])('a command that names %s that does not exist is a mistake', async (_, command, mistake) => {
  expect(await mistakesIn(command, ['test'])).toEqual([mistake])
})
