import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { USAGE } from '../src/cli/command.ts'
import { VARIABLE_NAMES } from '../src/cli/environment.ts'
import { OPTION_NAMES } from '../src/options/options.ts'
import { createTestServer } from './support/test-server.ts'

const page = readFileSync(new URL('../../../docs/refresh-server.md', import.meta.url), 'utf8')

function firstColumn(pattern: RegExp): string[] {
  return [...page.matchAll(pattern)].map(([, name = '']) => name).sort()
}

it('docs/refresh-server.md lists exactly the existing endpoints', () => {
  const { server } = createTestServer({ qa: true })
  const routes = server.app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`)
  expect(firstColumn(/^\| `((?:GET|POST|DELETE) [^`]+)` +\|/gm)).toEqual([...new Set(routes)].sort())
})

it('docs/refresh-server.md lists exactly the existing options', () => {
  const table = /\| option +\| default +\|[\s\S]*?\n\n/.exec(page)?.[0] ?? ''
  const named = [...table.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual([...OPTION_NAMES].sort())
})

it('docs/refresh-server.md lists exactly the existing arguments', () => {
  const known = [...USAGE.matchAll(/^ {2}(--[\w-]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== '--help')
  expect(firstColumn(/^\| `(--[\w-]+)` +\|/gm)).toEqual(known.sort())
})

it('docs/refresh-server.md lists exactly the existing environment variables', () => {
  const known = VARIABLE_NAMES.toSorted()
  expect(firstColumn(/^\| `([A-Z]+_[A-Z_]+)` +\|/gm)).toEqual(known)
})

it('the example in docs/refresh-server.md runs', async () => {
  const example = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const run = promisify(execFile)
  const args = ['--input-type=module', '--eval', example]
  const { stdout, stderr } = await run(process.execPath, args, { cwd: new URL('..', import.meta.url) })
  expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+ 0\n$/)
  expect(stderr).toBe('')
})
