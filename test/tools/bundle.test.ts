import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundledSize } from './bundle.ts'

const entry = (name: string): string => join(import.meta.dirname, 'fixtures/bundle', name)

test('dependencies are weighed, but for those that are left out', async () => {
  const whole = await bundledSize(entry('uses-ky.ts'))
  expect(whole.gzipped).toBeGreaterThan(5_000)
  expect(whole.gzipped).toBeLessThan(whole.minified)
  const without = await bundledSize(entry('uses-ky.ts'), ['ky'])
  expect(without.minified).toBeLessThan(200)
})

test.each(['missing-export.ts', 'nothing-left.ts'])('%s cannot be weighed', async (name) => {
  await expect(bundledSize(entry(name))).rejects.toThrow(/./)
})
