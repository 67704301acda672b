import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { commitOf, firstSeed } from './first-seed.ts'

const COMMIT = '3fa9c0d1e2b34567890abcdef0123456789abcde'

it('the first seed derives from the commit, and is another for another commit', () => {
  const { seed, why } = firstSeed(undefined, COMMIT)
  expect(firstSeed(undefined, COMMIT).seed).toBe(seed)
  expect(firstSeed(undefined, `0${COMMIT.slice(1)}`).seed).not.toBe(seed)
  expect(why).toBe('of commit 3fa9c0d1e2b3')
})

it.each([COMMIT, '0'.repeat(40), 'f'.repeat(40)])('the seed of commit %s is one that can be asked for', (commit) => {
  const { seed } = firstSeed(undefined, commit)
  expect(firstSeed(String(seed), commit).seed).toBe(seed)
})

it('a seed that is asked for goes before that of the commit, and anything else is refused', () => {
  expect(firstSeed('7', COMMIT).seed).toBe(7)
  for (const text of ['0', '-1', '1.5', '1e3', 'x']) expect(() => firstSeed(text, COMMIT)).toThrow('whole number')
})

it('without a git repository the first seed is a fixed one', () => {
  const commit = commitOf(tmpdir())
  expect(commit).toBeUndefined()
  expect(firstSeed(undefined, commit ?? '')).toEqual({
    seed: 1,
    why: 'a fixed one, because there is no git repository here',
  })
})
