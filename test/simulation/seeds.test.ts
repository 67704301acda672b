import { expect, it } from 'vitest'
import { runSchedule } from './schedule.ts'

/** Histories that once went wrong. */
const SEEDS = [
  { seed: 7_102_313, steps: 200, was: 'a page had yet to revoke its session, and another page was done with that' },
  { seed: 7_103_453, steps: 200, was: 'a page that woke in the middle of a try to revoke did not try again at once' },
  { seed: 7_102_793, steps: 200, was: 'a page repeated an attempt, and no answer came' },
  { seed: 3_000_052, steps: 150, was: 'a page repeated an attempt, and no answer came' },
  { seed: 22_675, steps: 200, was: 'all waited for the outcome of a refresh that had been rejected' },
  { seed: 24_665, steps: 200, was: 'two pages wrote at once, and the last activity was lost' },
  { seed: 60_149, steps: 200, was: 'a sign-out waited for a slow store although its page had the tokens' },
  { seed: 20_106, steps: 200, was: 'a page that fell asleep as it asked its store kept the lock' },
  { seed: 80_158, steps: 200, was: 'the server signed in, and the witness did not know what session ended' },
  { seed: 85_738_545, steps: 200, was: 'the clock was set back twice while a page lay in the cache' },
  { seed: 54, steps: 200, was: 'a late answer put the cookie back that a repetition had spent' },
  { seed: 9_128, steps: 200, was: 'one key spent two cookies, and a request with the first came last' },
  { seed: 62_000_266, steps: 200, was: 'the record of an earlier sign-in replaced that of a later one' },
  { seed: 71_000_145, steps: 200, was: 'nobody stored again what such a record had replaced' },
  { seed: 23_450_825, steps: 200, was: 'a page that the server made for one user went on as another' },
  { seed: 23_450_143, steps: 200, was: 'the server and an app signed in at the same moment' },
  { seed: 23_450_586, steps: 200, was: 'a repeated request came after the sign-out' },
  { seed: 88_000_931, steps: 200, was: 'the clock was set back before a page went to the cache, and again meanwhile' },
  { seed: 19_190_659, steps: 200, was: 'a page that opened after the clock was set back stored when it did so' },
  { seed: 19_190_798, steps: 200, was: 'a page was given a session whose end had come, and ended it' },
  { seed: 64_640_311, steps: 200, was: 'a revocation waited for the name of the next session, whose page was gone' },
]

it.each(SEEDS)('seed $seed keeps the invariants, in which once $was', async ({ seed, steps }) => {
  expect((await runSchedule({ seed, steps })).violation).toBeUndefined()
})
