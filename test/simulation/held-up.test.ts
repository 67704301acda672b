import { expect, it } from 'vitest'
import { nextLogin, signedOutMeanwhile, sleeperWithLock, staleReturn } from './held-up.ts'

it.each([
  ['scenario 5: a page that falls asleep as it asks the others leaves them its lock', sleeperWithLock],
  ['scenario 23: a page that comes back with an expired token gets the next one from the others', staleReturn],
  ['scenario 18: the answer to a refresh brings no session back that was signed out meanwhile', signedOutMeanwhile],
  ['scenario 46: a page takes no tokens of the login after its own', nextLogin],
])('%s', async (_, story) => {
  for (let seed = 1; seed <= 10; seed++) expect(await story(seed)).toBeUndefined()
})
