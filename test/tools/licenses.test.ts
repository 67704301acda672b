import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkLicenses, licensesPage } from './licenses.ts'

const root = join(import.meta.dirname, '../..')

test('docs/licenses.md lists what is installed; if not: node test/tools/licenses.ts --write', async () => {
  expect(await readFile(join(root, 'docs/licenses.md'), 'utf8')).toBe(await licensesPage())
})

test.each(['MIT', '(MIT OR GPL-3.0)', 'Apache-2.0 AND MIT'])('%s is allowed', (license) => {
  expect(() => checkLicenses({ [license]: ['one'] }, ['MIT', 'Apache-2.0'])).not.toThrow()
})

test.each(['GPL-3.0', 'MIT AND GPL-3.0', 'Unknown', 'AGPL-3.0-only', ''])('%s is not', (license) => {
  expect(() => checkLicenses({ MIT: ['one'], [license]: ['two'] }, ['MIT', 'Apache-2.0'])).toThrow('two')
})
