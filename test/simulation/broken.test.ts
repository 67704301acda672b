import { expect, it } from 'vitest'
import type { Breakage } from './breakage.ts'
import { runPool } from './pool.ts'

/** Rules of the SDK, each taken away: the simulation must notice every one. */
const BREAKAGES: readonly Breakage[] = [
  {
    name: 'no second look after the lock',
    invariants: ['I1', 'I2'],
    file: 'sdk/src/coordination/refresher.ts',
    find: 'await dependencies.lookAgain()\n      if (signal.aborted)',
    replace: 'if (signal.aborted)',
  },
  {
    name: 'no lock',
    invariants: ['I1', 'I2', 'I4'],
    file: 'sdk/src/coordination/refresher.ts',
    find: '.request(lockName(spent), ',
    replace: '.request(dependencies.random.id(), ',
  },
  {
    name: 'a new key for each attempt',
    invariants: ['I1', 'I2'],
    file: 'sdk/src/coordination/refresher.ts',
    find: 'plan.key ?? random.id()',
    replace: 'random.id()',
  },
  {
    name: 'an answer is committed whatever came between',
    invariants: ['I5', 'I6', 'I9'],
    file: 'sdk/src/coordination/sender.ts',
    find: 'if (!mayCommit(state(), spent))',
    replace: 'if (false)',
  },
  {
    name: 'signed out by 503',
    invariants: ['I2', 'I9'],
    file: 'sdk/src/coordination/sender.ts',
    find: "else if (outcome.kind === 'unavailable') ",
    replace: "else if (outcome.kind === 'unavailable' && outcome.error !== 'http_503') ",
  },
  {
    name: 'no ledger',
    invariants: ['I1', 'I2', 'I5', 'I9'],
    file: 'sdk/src/coordination/ledger-keeper.ts',
    find: 'const record = parseLedger(store.read())',
    replace: 'const record = parseLedger(undefined)',
  },
  {
    name: 'the attempt of a page that is gone is not waited out',
    invariants: ['I1', 'I2'],
    file: 'sdk/src/decisions/flight.ts',
    find: "const outlivesPage = endpoint.refreshTokenIn === 'cookie' && !endpoint.replays",
    replace: 'const outlivesPage = false',
  },
  {
    name: 'a sign-out is no more than a rejection',
    invariants: ['I2', 'I5'],
    file: 'sdk/src/decisions/reconcile.ts',
    find: ': Number.POSITIVE_INFINITY',
    replace: ': signedOut.generation - 0.5',
  },
  {
    name: 'nothing is told to the other tabs',
    invariants: ['I1', 'I2', 'I4', 'I5'],
    file: 'sdk/src/coordination/tab-sync.ts',
    find: 'tabs.post(message)',
    replace: '',
  },
  {
    name: 'calls wait for ever',
    invariants: ['I3'],
    file: 'sdk/src/coordination/request-queue.ts',
    find: 'now >= group.queuedAt + maxWaitMs',
    replace: 'false',
  },
  {
    name: "another user's session is taken over",
    invariants: ['I6'],
    file: 'sdk/src/decisions/learning.ts',
    find: 'session.subject !== next.subject',
    replace: 'false',
  },
  {
    name: 'a page back from the cache does not catch up',
    invariants: ['I1', 'I4', 'I5'],
    file: 'sdk/src/coordination/page-life.ts',
    find: '} else wake(signal)',
    replace: "} else if (signal !== 'pageshow' && signal !== 'resume') wake(signal)",
  },
  {
    name: 'a timer is left behind',
    invariants: ['I7'],
    file: 'sdk/src/coordination/sender.ts',
    find: 'settled.abort()',
    replace: '',
  },
  {
    name: 'a token in an event',
    invariants: ['I8'],
    file: 'sdk/src/decisions/session.ts',
    find: "{ type: 'refreshed', ",
    replace: "{ type: 'refreshed', token: session.accessToken, ",
  },
  {
    name: 'nobody is ever idle',
    invariants: ['I9'],
    file: 'sdk/src/decisions/limits.ts',
    find: "return 'idle'",
    replace: "return 'ok'",
  },
  {
    name: 'the session goes on as long as somebody is active',
    invariants: ['I9'],
    file: 'sdk/src/decisions/limits.ts',
    find: 'ledger.signedInAt + sessionMaxMs',
    replace: 'ledger.lastActivityAt + sessionMaxMs',
  },
  {
    name: 'a refresh counts as activity',
    invariants: ['I9'],
    file: 'sdk/src/decisions/session.ts',
    find: 'generation: Math.max(known.generation, generation),',
    replace:
      'generation: Math.max(known.generation, generation), activities: known.activities + 1, lastActivityAt: now,',
  },
  {
    name: 'a restart begins the limits anew',
    invariants: ['I9'],
    file: 'sdk/src/coordination/ledger-keeper.ts',
    find: 'let unconfirmed: Ledger | undefined',
    replace:
      'let unconfirmed: Ledger | undefined\n  const found = parseLedger(store.read())\n  if (found) store.write({ ...found, activities: found.activities + 1, lastActivityAt: clock.wallNow() })',
  },
  {
    name: 'a clock that is set back stops page time',
    invariants: ['I3', 'I9'],
    file: 'sdk/src/decisions/page-time.ts',
    find: 'behindMs > JUMP_MS ?',
    replace: 'behindMs > Infinity ?',
  },
]

const RUNS = 600

it.each(BREAKAGES)('notices: $name', { timeout: 300_000 }, async (breakage) => {
  const [failure] = await runPool({ firstSeed: 1, runs: RUNS, steps: 200, breakage, untilFound: true })
  expect(breakage.invariants).toContain(failure?.violation?.invariant)
})
