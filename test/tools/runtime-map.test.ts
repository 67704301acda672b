import { expect, test } from 'vitest'
import { contributingPage, flowchart, withMap } from './runtime-map.ts'

test('the picture of the runtime in CONTRIBUTING.md is drawn from the imports of today', async () => {
  const { found, wanted } = await contributingPage()
  expect(found, 'Draw it again with: node test/tools/runtime-map.ts --write').toBe(wanted)
})

test('leaves out an arrow where a longer path leads to the same file', () => {
  const imports = new Map([
    ['sign-out.ts', ['store.ts', 'peers.ts']],
    ['peers.ts', ['store.ts']],
    ['store.ts', []],
  ])
  expect(flowchart(imports)).toBe(`flowchart TD
  peers["peers"]
  sign_out["sign-out"]
  store["store"]
  peers --> store
  sign_out --> peers`)
})

test('draws no picture of files that import each other, and names them', () => {
  const imports = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['a.ts']],
  ])
  expect(() => flowchart(imports)).toThrow('a.ts -> b.ts -> a.ts')
})

test('puts the picture between the markers, in place of the one before', () => {
  const document = 'above\n<!-- runtime-map: begin -->\nold\n<!-- runtime-map: end -->\nbelow\n'
  const once = withMap(document, 'flowchart TD')
  expect(once).toBe(
    'above\n<!-- runtime-map: begin -->\n\n```mermaid\nflowchart TD\n```\n\n<!-- runtime-map: end -->\nbelow\n',
  )
  expect(withMap(once, 'flowchart TD')).toBe(once)
})

test('a document without the markers is an error', () => {
  expect(() => withMap('no marker', '')).toThrow('runtime-map: begin')
})
