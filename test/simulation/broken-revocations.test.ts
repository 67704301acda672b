import { expect, it } from 'vitest'
import type { Breakage } from './breakage.ts'
import { runPool } from './pool.ts'

/** Rules of how the endpoint is told of sign-outs, each taken away: the simulation must notice every one. */
const BREAKAGES: readonly Breakage[] = [
  {
    name: 'a sign-in forgets that the endpoint was not told of the session before',
    invariant: 'I10',
    file: 'sdk/src/session/revocation.ts',
    find: 'owed: joinOwed([{ ...ended, ...settled }], older),',
    replace: '',
  },
  {
    name: 'of two sign-ins at once the one that does not count is forgotten',
    invariant: 'I10',
    file: 'sdk/src/session/revocation.ts',
    find: 'refreshToken === undefined || !isRival(ledger, session)) return',
    replace: 'refreshToken === undefined || isRival(ledger, session)) return',
  },
  {
    name: 'a revocation that nobody can send counts as heard',
    invariant: 'I10',
    file: 'sdk/src/runtime/revoker.ts',
    find: "if (plan === 'give-up') {\n        store.dispatch({ type: 'revocation-lost', of: ended })",
    replace:
      "if (plan === 'give-up') {\n        store.dispatch({ type: 'revoked', of: ended, generation: store.state.ledger?.generation })",
  },
  {
    name: 'a cookie is revoked whatever session it is of',
    invariant: 'I10',
    file: 'sdk/src/session/revocation.ts',
    find: "return revocationState === 'held' ? 'wait' : 'done'",
    replace: "return by === 'token' ? 'done' : 'send'",
  },
]

/** Looked at from there on, so that a rule which has been changed shows it somewhere else. */
const RUNS = 600

it.each(BREAKAGES)('notices: $name', { timeout: 300_000 }, async (breakage) => {
  const [failure] = await runPool({ firstSeed: breakage.seed ?? 1, runs: RUNS, steps: 200, breakage, untilFound: true })
  expect(failure?.violation?.invariant).toBe(breakage.invariant)
})
