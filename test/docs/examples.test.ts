import { expect, test } from 'vitest'
import { compile } from './compile.ts'
import { allExamples, examplesIn } from './examples.ts'

const fence = '```'

test('the examples of all documents compile against the SDK', async () => {
  const examples = await allExamples()
  expect(examples.map(({ name }) => name.replace(/:\d+$/, ''))).toContain('README.md')
  expect(await compile(examples, 'documents')).toBe('')
})

test('an example that does not compile is named by its line', async () => {
  const markdown = ['# Wrong', `${fence}ts`, "import { nothing } from '@token-manager/sdk'", fence].join('\n')
  expect(await compile(examplesIn('docs/wrong.md', markdown), 'wrong')).toMatch(/docs_wrong\.md_3\.ts.*nothing/)
})

test('an example in JavaScript is parsed', async () => {
  const markdown = `${fence}js\nconst a = \n${fence}`
  expect(await compile(examplesIn('docs/wrong.md', markdown), 'wrong-js')).toMatch(/docs_wrong\.md_2\.js/)
})

test('blocks in other languages are no examples', () => {
  const markdown = [`${fence}sh`, 'ls', fence, `${fence}ts run`, 'export {}', fence, fence, 'tree', fence].join('\n')
  expect(examplesIn('a.md', markdown)).toEqual([
    { name: 'a.md:5', code: 'export {}\n', language: 'ts', runnable: true },
  ])
})

test('a block that would go unchecked is an error', () => {
  expect(() => examplesIn('a.md', `${fence}tsx\n1\n${fence}`)).toThrow('a.md:1')
  expect(() => examplesIn('a.md', `${fence}ts\n1\n`)).toThrow('a.md:1')
})
