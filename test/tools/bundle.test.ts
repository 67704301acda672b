import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundledSize } from './bundle.ts'
import { parts } from './size/parts.ts'

const entry = (name: string): string => join(import.meta.dirname, 'fixtures/bundle', name)

test('dependencies are weighed, but for those that are left out', async () => {
  const { total: whole } = await bundledSize(entry('uses-ky.ts'))
  expect(whole.gzipped).toBeGreaterThan(5_000)
  expect(whole.gzipped).toBeLessThan(whole.minified)
  const { total: without } = await bundledSize(entry('uses-ky.ts'), { without: ['ky'] })
  expect(without.minified).toBeLessThan(200)
})

test('what is loaded on demand counts, but not for every browser; each module by its own bytes', async () => {
  const { eager, total, modules } = await bundledSize(entry('loads-ky.ts'))
  expect(eager.gzipped).toBeLessThan(500)
  expect(total.gzipped).toBeGreaterThan(5_000)
  expect(modules[0]?.module).toMatch(/node_modules.*\bky\b/)
  const bytes = modules.reduce((sum, module) => sum + module.bytes, 0)
  expect(bytes / total.minified).toBeCloseTo(1, 1)
})

test('an application gets the one transport and the one store that it imports', async () => {
  const { modules } = await bundledSize(join(import.meta.dirname, 'size/core.ts'))
  const parts = modules.map(({ module }) => /src\/(?:transports|stores)\/(.+)\.ts$/.exec(module)?.[1])
  const got = parts.filter((part) => part !== undefined).sort()
  expect(got).toEqual(['endpoint', 'endpoint-options', 'http', 'json', 'memory', 'wall-clock'])
  expect(modules.map(({ module }) => module)).not.toContain('packages/sdk/src/codec/service-answer.ts')
})

test('each part of the SDK can be left out, to see what it weighs', async () => {
  const core = join(import.meta.dirname, 'size/core.ts')
  const file = (module: string) => join(import.meta.dirname, `../../packages/sdk/src/${module}.ts`)
  const { eager: whole } = await bundledSize(core)
  const emptied = parts.flatMap(({ modules }) => modules.map(file))
  const { eager: rest } = await bundledSize(core, { emptied })
  expect(rest.gzipped).toBeGreaterThan(0)
  expect(rest.gzipped).toBeLessThan(whole.gzipped * 0.7)
  await expect(bundledSize(core, { emptied: [file('session/gone')] })).rejects.toThrow(/no such file/)
})

test.each(['missing-export.ts', 'nothing-left.ts'])('%s cannot be weighed', async (name) => {
  await expect(bundledSize(entry(name))).rejects.toThrow(/./)
})
