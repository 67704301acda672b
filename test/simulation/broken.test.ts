import { expect, it } from 'vitest'
import type { Breakage } from './breakage.ts'
import { DURABILITY_BREAKAGES } from './durability-breakages.ts'
import { runPool } from './pool.ts'
import { TOGETHER_BREAKAGES } from './together-breakages.ts'
import { UNLOCKED_BREAKAGES } from './unlocked-breakages.ts'
import { USER_BREAKAGES } from './user-breakages.ts'

/** Rules of the SDK, each taken away: the simulation must notice every one. */
const BREAKAGES: readonly Breakage[] = [
  ...DURABILITY_BREAKAGES,
  ...TOGETHER_BREAKAGES,
  ...UNLOCKED_BREAKAGES,
  ...USER_BREAKAGES,
  {
    name: 'no second look after the lock',
    invariant: 'I2',
    story: 'stale-return',
    file: 'sdk/src/runtime/refresher.ts',
    find: 'await Promise.race([lookAgain(), left])',
    replace: '',
  },
  {
    name: 'no lock',
    invariant: 'I1',
    seed: 13,
    file: 'sdk/src/runtime/refresher.ts',
    find: '.request(lockName(target), ',
    replace: '.request(random.id(), ',
  },
  {
    name: 'the lock of a spent generation does not linger',
    invariant: 'I1',
    story: 'starved-machine',
    file: 'sdk/src/runtime/refresher.ts',
    find: 'if (isSucceeded) await sleep(clock, HOLD_MS, holding.signal)',
    replace: '',
  },
  {
    name: 'a rejection is above a newer generation',
    invariant: 'I2',
    seed: 27,
    hasLeaks: true,
    file: 'sdk/src/session/merge.ts',
    find: 'signedOut.generation + 0.5',
    replace: 'Number.POSITIVE_INFINITY',
  },
  {
    name: 'a frozen page takes the lock',
    invariant: 'I3',
    story: 'frozen-waiter',
    file: 'sdk/src/runtime/refresher.ts',
    find: 'if (limits.isBlocked() || page.isAsleep) return',
    replace: 'if (limits.isBlocked()) return',
  },
  {
    name: 'a token in an error',
    invariant: 'I8',
    file: 'sdk/src/runtime/request-queue.ts',
    find: "'refresh_unavailable', `No",
    replace: "'refresh_unavailable', `SECRET No",
  },
  {
    name: 'a new key for each attempt',
    invariant: 'I1',
    file: 'sdk/src/runtime/refresher.ts',
    find: 'plan.key ?? random.id()',
    replace: 'random.id()',
  },
  {
    name: 'an answer is committed whatever came between',
    invariant: 'I5',
    story: 'signed-out-meanwhile',
    file: 'sdk/src/runtime/sender.ts',
    find: 'if (!mayCommit(store.state, target))',
    replace: 'if (false)',
  },
  {
    name: 'signed out by 503',
    invariant: 'I2',
    seed: 12,
    file: 'sdk/src/runtime/sender.ts',
    find: "else if (outcome.kind === 'unavailable') ",
    replace: "else if (outcome.kind === 'unavailable' && outcome.error !== 'http_503') ",
  },
  {
    name: 'an empty 401 is believed in any case',
    invariant: 'I2',
    file: 'sdk/src/session/fencing.ts',
    find: 'return NO_COOKIE.test(error) &&',
    replace: 'return NO_COOKIE.test(error) ||',
  },
  {
    name: 'no ledger',
    invariant: 'I5',
    file: 'sdk/src/runtime/persistence.ts',
    find: 'const record = parseLedger(found, clock.wallNow())',
    replace: 'const record = parseLedger(undefined, 0)',
  },
  {
    name: 'the attempt of a page that is gone is not waited out',
    invariant: 'I1',
    seed: 67,
    file: 'sdk/src/session/refresh-plan.ts',
    find: "const outlivesPage = endpoint.refreshTokenIn === 'cookie' && !endpoint.idempotentRefresh",
    replace: 'const outlivesPage = false',
  },
  {
    name: 'a sign-out is no more than a rejection',
    invariant: 'I5',
    file: 'sdk/src/session/merge.ts',
    find: ': Number.POSITIVE_INFINITY',
    replace: ': signedOut.generation - 0.5',
  },
  {
    name: 'nothing is told to the other tabs',
    invariant: 'I4',
    file: 'sdk/src/runtime/cross-tab.ts',
    find: 'tabs.post(message)',
    replace: '',
  },
  {
    name: 'calls wait for ever',
    invariant: 'I3',
    file: 'sdk/src/runtime/request-queue.ts',
    find: 'now >= waitingSince(group) + maxWaitMs',
    replace: 'false',
  },
  {
    name: 'a page back from the cache does not catch up',
    invariant: 'I4',
    seed: 21,
    file: 'sdk/src/runtime/page-lifecycle.ts',
    find: 'else comeBack(signal)',
    replace: "else if (signal !== 'pageshow' && signal !== 'resume') comeBack(signal)",
  },
  {
    name: 'a timer is left behind',
    invariant: 'I7',
    file: 'sdk/src/runtime/timer.ts',
    find: 'clock.clearTimer(timer)\n      for',
    replace: 'for',
  },
  {
    name: 'the words of an endpoint are passed on as they are',
    invariant: 'I8',
    file: 'sdk/src/runtime/sender.ts',
    find: 'error: withoutTokens(outcome.error, [sent.refreshToken, ...tokens])',
    replace: 'error: outcome.error',
  },
  {
    name: 'a token in an event',
    invariant: 'I8',
    file: 'sdk/src/session/reducer.ts',
    find: "{ type: 'refreshed', ",
    replace: "{ type: 'refreshed', token: session.accessToken, ",
  },
  {
    name: 'nobody is ever idle',
    invariant: 'I9',
    file: 'sdk/src/session/limits.ts',
    find: "return 'idle'",
    replace: "return 'ok'",
  },
  {
    name: 'the session goes on as long as somebody is active',
    invariant: 'I9',
    file: 'sdk/src/session/limits.ts',
    find: 'ledger.signedInAt + sessionMaxMs',
    replace: 'ledger.lastActivityAt + sessionMaxMs',
  },
  {
    name: 'a refresh counts as activity',
    invariant: 'I9',
    file: 'sdk/src/session/reducer.ts',
    find: 'generation: Math.max(known.generation, generation),',
    replace:
      'generation: Math.max(known.generation, generation), activities: known.activities + 1, lastActivityAt: now,',
  },
  {
    name: 'a restart begins the limits anew',
    invariant: 'I9',
    file: 'sdk/src/runtime/persistence.ts',
    find: 'let isMakingUp = false',
    replace:
      'let isMakingUp = false\n  const found = parseLedger(storage.read(), clock.wallNow())\n  if (found) storage.write({ ...found, activities: found.activities + 1, lastActivityAt: clock.wallNow() })',
  },
  {
    name: 'a clock that is set back stops page time',
    invariant: 'I9',
    seed: 59,
    file: 'sdk/src/session/page-time.ts',
    find: 'behindMs > JUMP_MS ?',
    replace: 'behindMs > Infinity ?',
  },
]

/** Looked at from there on, so that a rule which has been changed shows it somewhere else. */
const RUNS = 600

it.each(BREAKAGES)('notices: $name', { timeout: 300_000 }, async (breakage) => {
  const [failure] = await runPool({ firstSeed: breakage.seed ?? 1, runs: RUNS, steps: 200, breakage, untilFound: true })
  expect(failure?.violation?.invariant).toBe(breakage.invariant)
})
