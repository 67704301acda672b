import { expect, test } from 'vitest'
import { type Gate, run } from './gates.ts'
import type { Tally } from './tally.ts'

const gate = (code: number, vitest: boolean): Gate => ({
  name: 'exit',
  script: 'test/tools/fixtures/exit.ts',
  args: [String(code)],
  vitest,
})

test.each([
  [0, { passed: 1, failed: 0, skipped: [], retried: [] }],
  [3, { passed: 0, failed: 1, skipped: [], retried: [] }],
])('a gate that ends with %d', async (code, tally) => {
  expect(await run(gate(code, false))).toEqual<Tally>(tally)
})

test('a run of Vitest that leaves no tally has failed, whatever it ends with', async () => {
  expect(await run(gate(0, true))).toEqual<Tally>({ passed: 0, failed: 1, skipped: [], retried: [] })
})

test('what a gate prints is given to who collects it, whole and at its end', async () => {
  const collected: string[] = []
  await run({ ...gate(0, false), args: ['0', 'said', 'meant'] }, (output) => collected.push(output))
  expect(collected).toEqual(['said\nmeant\n'])
})
