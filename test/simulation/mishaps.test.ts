import { expect, it } from 'vitest'
import { clearedByHand, lostWrite, reloadedSignIn, twoSignIns } from './mishaps.ts'

it('of two sign-ins at once the later one counts in all tabs, as its cookie does', async () => {
  for (let seed = 1; seed <= 20; seed++) expect(await twoSignIns(seed)).toBeUndefined()
})

it('a tab that is reloaded straight after its sign-in gets the tokens from one that has just got them', async () => {
  for (let seed = 1; seed <= 40; seed++) expect(await reloadedSignIn(seed)).toBeUndefined()
})

it('scenario 36: a sign-out outlives storage that is cleared', async () => {
  for (let seed = 1; seed <= 10; seed++) expect(await clearedByHand(seed)).toBeUndefined()
})

it("the user's last activity in a page that is left counts, although another page wrote at the same moment", async () => {
  for (let seed = 1; seed <= 40; seed++) expect(await lostWrite(seed)).toBeUndefined()
})
