import { expect, it } from 'vitest'
import { hungHead, leaderFirst, leftAtCommit, starvedMachine, undoneSignOut } from './blind-spots.ts'

it('a refresh token is spent once, also if its page is left in the moment of the answer', async () => {
  for (let seed = 1; seed <= 100; seed++) expect(await leftAtCommit(seed)).toBeUndefined()
})

it('scenario 36: a sign-out outlives a write of the same moment', async () => {
  for (let seed = 1; seed <= 40; seed++) expect(await undoneSignOut(seed)).toBeUndefined()
})

it('the leader refreshes, on time, and no other tab stands in line with it', async () => {
  for (let seed = 1; seed <= 10; seed++) expect(await leaderFirst(seed)).toBeUndefined()
})

it('scenario 5: an attempt whose page sleeps is repeated by the others where the endpoint replays', async () => {
  for (let seed = 1; seed <= 10; seed++) expect(await hungHead(seed)).toBeUndefined()
})

it('a refresh token is spent once, also where the news of it comes late and its page is busy', async () => {
  for (let seed = 1; seed <= 40; seed++) expect(await starvedMachine(seed)).toBeUndefined()
})
